import Autodiff
import Glibc
import GoldenTesting
import Learning
import NumericalTesting
import Testing

/// Arrays that the authors' code makes of given draws, through the code that trains.
@Suite struct GoldenAugmentationTests {
    // MARK: ADA (and its application to feature maps, GGDR)

    private static let files = GoldenFile.all(prefix: "ada_")

    private static let pipelines: [String: AugmentationPipeline] = {
        func only(_ factor: WritableKeyPath<AugmentationPipeline, Float>) -> AugmentationPipeline {
            var pipeline = AugmentationPipeline()
            pipeline[keyPath: factor] = 1
            return pipeline
        }
        let bgc: AugmentationPipeline = .blit + .geometry + .color
        return [
            "xflip": only(\.flip), "rotate90": only(\.quarterTurns), "xint": only(\.wholeShift),
            "scale": only(\.scale), "rotate": only(\.rotation), "aniso": only(\.stretch), "xfrac": only(\.shift),
            "brightness": only(\.brightness), "contrast": only(\.contrast), "lumaflip": only(\.lumaFlip),
            "hue": only(\.hue), "saturation": only(\.saturation), "imgfilter": only(\.filter), "cutout": .cutout,
            "blit": .blit, "geom": .geometry, "color": .color, "filter": .filter, "bg": .blit + .geometry, "bgc": bgc,
            "bgcf": bgc + .filter,
        ]
    }()

    /// What `note` of the files says: each draw at a percentile, but that the second rotation is none.
    private static func draws(at percentile: Float, count: Int) -> AugmentationDraws {
        AugmentationDraws(count: count) { slot, length in
            let value = slot == AugmentationSlot.rotationAfter.rawValue ? 0.5 : percentile
            return [Float](repeating: value, count: count * length)
        } normals: { _, length in
            [Float](repeating: Float(inverseErf(2 * Double(percentile) - 1)), count: count * length)
        } noise: { _ in
            preconditionFailure("noise has no percentile")
        }
    }

    private static func inverseErf(_ value: Double) -> Double {
        var x = value
        for _ in 0..<50 { x -= (erf(x) - value) * Double.pi.squareRoot() / 2 * exp(x * x) }
        return x
    }

    @Test func thereAreFiles() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files) func transforms(_ file: GoldenFile) throws {
        let golden = try file.open()
        let paths = try golden.file.datasetPaths().map { String($0.drop { $0 == "/" }) }
        let inputs = paths.filter { $0.hasPrefix("input/") }.map { String($0.dropFirst("input/".count)) }
        #expect(inputs.contains("image") && inputs.contains { $0.hasPrefix("features/") })
        var (cases, worst) = (Set<String>(), 0.0)
        for path in paths where !path.hasPrefix("input/") {
            let parts = path.split(separator: "/", maxSplits: 2).map(String.init)
            let pipeline = try #require(Self.pipelines[parts[0]], "\(path)")
            let percentile = try #require(Float(parts[1]), "\(path)")
            let input = try golden.tensor("input/" + parts[2])
            let view = PipelineAugmentation(pipeline) { 1 }.drawn(Self.draws(at: percentile, count: input.shape[0]))
            let found = parts[2] == "image" ? view.images(input) : view.features(input)
            let expected = try golden.tensor(path)
            #expect(found.shape == expected.shape)
            let error = relativeError(found.array, expected.array)
            #expect(error < 1e-5, "\(path): \(error)")
            worst = max(worst, error)
            cases.insert(parts[0])
        }
        #expect(cases.count > 10 && worst > 0)
    }

    // MARK: DiffAugment

    private static let diffFiles = GoldenFile.all(prefix: "diffaugment_")

    @Test func thereAreFilesOfDiffAugment() { #expect(!Self.diffFiles.isEmpty) }

    @Test(arguments: diffFiles) func policies(_ file: GoldenFile) throws {
        let golden = try file.open()
        let (height, width) = (try golden.integer("height"), try golden.integer("width"))
        let count = try golden.integer("batch")
        let names = Set(
            try golden.file.datasetPaths().compactMap { path in
                path.split(separator: "/").first.map(String.init)
            }
        ).subtracting(["input"])
        #expect(names.count >= 4)
        for name in names.sorted() {
            let policies = try name.split(separator: ",").map { word -> DiffAugment.Policy in
                let known: [Substring: DiffAugment.Policy] = [
                    "color": .color, "translation": .translation, "cutout": .cutout,
                ]
                return try #require(known[word])
            }
            let draws = try Self.draws(of: golden, name, count: count, height: height, width: width)
            let view = DiffAugment(policies, height: height, width: width).drawn(draws)
            let x = try golden.tensor("input/x").variable()
            let output = view.images(x)
            let error = relativeError(output.array, try golden.tensor(name + "/output").array)
            #expect(error < 1e-5, "\(name): \(error)")
            let weighted = (output * (try golden.tensor("input/weight"))).sum()
            let gradient = try #require(gradients(of: weighted, with: [x])[0])
            let slip = relativeError(gradient.array, try golden.tensor(name + "/input_gradient").array)
            #expect(slip < 1e-4, "\(name), gradient: \(slip)")
        }
    }

    /// The middle of what gives the file's whole numbers.
    private static func draws(
        of golden: GoldenArrays, _ name: String, count: Int, height: Int, width: Int
    ) throws -> AugmentationDraws {
        var rows: [AugmentationSlot: [Float]] = [:]
        let draws = try golden.file.datasetPaths(under: "/" + name + "/draw").map {
            $0.split(separator: "/").last ?? ""
        }
        let colors: [(String, AugmentationSlot)] = [
            ("brightness", .diffBrightness), ("saturation", .diffSaturation), ("contrast", .diffContrast),
        ]
        for (draw, slot) in colors where draws.contains(Substring(draw)) {
            rows[slot] = try golden.values("\(name)/draw/\(draw)")
        }
        func whole(
            _ first: String, _ second: String, _ slot: AugmentationSlot, _ range: (Int) -> (least: Int, count: Int)
        )
            throws
        {
            guard draws.contains(Substring(first)) else { return }
            let values = try [(first, height), (second, width)].map { draw, side in
                let range = range(side)
                return try golden.file.int32s("\(name)/draw/\(draw)").values.map {
                    (Float(Int($0) - range.least) + 0.5) / Float(range.count)
                }
            }
            rows[slot] = (0..<count).flatMap { [values[0][$0], values[1][$0]] }
        }
        try whole("rows", "columns", .diffTranslation) { side in
            let most = Int(Double(side) / 8 + 0.5)
            return (-most, 2 * most + 1)
        }
        try whole("cutout_row", "cutout_column", .diffCutout) { side in
            (0, Int(Double(side) / 2 + 0.5) % 2 == 0 ? side + 1 : side)
        }
        let known = rows
        return AugmentationDraws(count: count) { slot, length in
            guard let slot = AugmentationSlot(rawValue: slot), let values = known[slot], values.count == count * length
            else { preconditionFailure("no draws of slot \(slot)") }
            return values
        } normals: { slot, _ in
            preconditionFailure("normal draws of slot \(slot)")
        } noise: { _ in
            preconditionFailure("noise")
        }
    }

    // MARK: LeCam

    private static let lecamFiles = GoldenFile.all(prefix: "lecam")

    @Test func thereAreFilesOfLeCam() { #expect(!Self.lecamFiles.isEmpty) }

    @Test(arguments: lecamFiles) func lecam(_ file: GoldenFile) throws {
        let golden = try file.open()
        let lecam = LeCam(
            weight: try golden.number("weight"), decay: try golden.number("decay"), isDebiased: false,
            start: try golden.integer("start"))
        let initial = try golden.number("init")
        var averages = LeCam.Averages(real: initial, fake: initial)
        let hinge = HingeLoss()
        var terms = 0
        for step in 0..<(try golden.integer("steps")) {
            let real = try golden.tensor("input/real", at: [step]).variable()
            let fake = try golden.tensor("input/fake", at: [step]).variable()
            averages = lecam.moved(averages, real: real.mean().scalar, fake: fake.mean().scalar)
            let expected = try golden.tensor("forward/ema", at: [step]).array
            #expect(relativeError([averages.real, averages.fake], expected) < 1e-5, "step \(step)")
            // The file has the regulariser at every step.
            let near = LeCam.Anchors(real: averages.real, fake: averages.fake)
            let term = lecam.onReal(real, near) + lecam.onFake(fake, near)
            #expect(relativeError([term.scalar], [try golden.values("forward/lecam")[step]]) < 1e-5, "step \(step)")
            var loss = hinge.onReal(real) + hinge.onFake(fake)
            if let anchors = lecam.anchors(averages) {
                terms += 1
                #expect(anchors == near)
                loss = loss + (lecam.onReal(real, anchors) + lecam.onFake(fake, anchors)) * lecam.weight
            }
            #expect(relativeError([loss.scalar], [try golden.values("forward/loss")[step]]) < 1e-5, "step \(step)")
            for (name, gradient) in zip(["real", "fake"], gradients(of: loss, with: [real, fake])) {
                let expected = try golden.tensor("gradient/\(name)", at: [step]).array
                let found = gradient?.array ?? [Float](repeating: 0, count: expected.count)
                #expect(relativeError(found, expected) < 1e-4, "step \(step), \(name)")
            }
        }
        #expect(terms > 0)
    }
}
