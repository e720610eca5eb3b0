import Autodiff
import GoldenTesting
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Replays `oasis_*.h5`, whatever configuration a file states, as one microbatch and as one for each sample.
@Suite struct GoldenOASISTests {
    static let forward = 1e-5
    static let firstOrder = 1e-4
    static let files = GoldenFile.all(prefix: "oasis_")
    static let splits = [false, true]
    static let parts = ["fake", "real", "labelmix"]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    /// All that the forward passes of the generator's step make.
    @Test(arguments: files, GoldenVariant.all)
    func generatorStep(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let golden = try file.open()
        var names = ["fake_G", "logits_G", "loss_G"]
        let details = try golden.integer("details") != 0
        if details {
            names += (0..<6).map { "G/block\($0)" }
            names += (0..<6).map { "D/down\($0)" }
        }
        try compare(file, names, mode, isSplit: isSplit) { $0.generatorStep(details: details) }
    }

    /// All that the forward passes of the discriminator's step make.
    @Test(arguments: files, GoldenVariant.all)
    func discriminatorStep(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let names = [
            "fake_D", "mixed", "logits_fake", "logits_real", "logits_mixed", "loss_D_fake", "loss_D_real",
            "loss_D_labelmix",
        ]
        try compare(file, names, mode, isSplit: isSplit) { $0.discriminatorStep() }
    }

    private func compare(
        _ file: GoldenFile, _ names: [String], _ mode: GoldenMode, isSplit: Bool,
        found: (OASISReplay) throws -> [String: [Float]]
    ) throws {
        let golden = try file.open()
        let expected = Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try golden.tensor("forward/\($0)").array) })
        try golden.expect(expected, "forward", mode, tolerance: Self.forward) { disturbance in
            let replay = try OASISReplay(file, isSplit: isSplit)
            if mode == .transformed { disturbance?.apply(to: replay.g, replay.d) }
            return try found(replay)
        }
    }

    @Test(arguments: files, GoldenVariant.all)
    func generatorGradients(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let replay = try OASISReplay(file, isSplit: isSplit)
        var expected = try replay.golden.torchGradients("gradient/G", of: replay.g)
        expected["image"] = try replay.golden.tensor("gradient/G/image").array
        let floors = try replay.golden.nullFloors("gradient/G", expected)
        try replay.golden.expect(expected, "gradient/G", mode, tolerance: Self.firstOrder, floors: floors) {
            let replay = try OASISReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.g, replay.d)
            return replay.generatorGradients()
        }
    }

    /// Of each part of the loss, and of their sum.
    @Test(arguments: files, GoldenVariant.all)
    func discriminatorGradients(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        for part in Self.parts.map({ Optional($0) }) + [nil] {
            let group = "gradient/D" + (part.map { "_\($0)" } ?? "")
            let replay = try OASISReplay(file, isSplit: isSplit)
            let expected = try replay.golden.torchGradients(group, of: replay.d)
            let floors = try replay.golden.nullFloors(group, expected)
            try replay.golden.expect(expected, group, mode, tolerance: Self.firstOrder, floors: floors) {
                let replay = try OASISReplay(file, isSplit: isSplit)
                $0?.apply(to: replay.g, replay.d)
                return replay.discriminatorGradients(part)
            }
        }
    }

    /// What forward passes leave of moving averages, u and v, and what the generator then makes by them.
    @Test(arguments: files, splits) func stateAfterSteps(_ file: GoldenFile, isSplit: Bool) throws {
        try GoldenMode.direct.run {
            for step in ["Gstep", "Dstep"] {
                let replay = try OASISReplay(file, isSplit: isSplit)
                replay.leaveState(ofDiscriminatorStep: step == "Dstep")
                for (network, parameters) in [("G", replay.g), ("D", replay.d)] {
                    let expected = try replay.golden.torchState(after: step, network, of: parameters)
                    let found = parameters.stateByName
                    #expect(Set(found.keys) == Set(expected.keys))
                    for (name, values) in expected {
                        #expect(relativeError(found[name] ?? [], values) < Self.forward, "\(step), \(network).\(name)")
                    }
                }
                guard step == "Dstep" else { continue }
                let expected = try replay.golden.tensor("eval/fake").array
                #expect(relativeError(replay.evaluated(), expected) < Self.forward)
            }
        }
    }

    /// Weights of the classes, with and without a class that does not count, at every pixel.
    @Test(arguments: files) func classWeights(_ file: GoldenFile) throws {
        let replay = try OASISReplay(file, isSplit: false)
        let labels = try replay.golden.values("input/labels").map { Int($0) }
        for ignored in [nil, 0] {
            let weights = SegmentationLoss.weights(pixels: replay.pixels, ignored: ignored)
            let expected = try replay.golden.values("forward/class_weights_dontcare\(ignored == nil ? 0 : 1)")
            #expect(relativeError(labels.map { weights[$0] }, expected) < Self.forward)
        }
    }

    @Test(arguments: files, splits) func labelMixMask(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try OASISReplay(file, isSplit: isSplit)
        #expect(replay.masks.joined == (try replay.golden.values("input/mask")))
    }
}

/// The passes of a file.
private struct OASISReplay {
    let golden: GoldenArrays
    let g: Parameters
    let d: Parameters
    /// Of each class, of the whole batch.
    let pixels: [Int]
    let masks: [Tensor]
    private let shape: OASISShape
    private let generator: OASISGenerator
    private let discriminator: OASISDiscriminator
    private let maps: [Tensor]
    private let real: [Tensor]
    private let zOfG: [Tensor]
    private let zOfD: [Tensor]
    private let classWeights: [Float]
    private let mixWeight: Float

    init(_ file: GoldenFile, isSplit: Bool) throws {
        golden = try file.open()
        let classes = try golden.integer("classes")
        shape = OASISShape(
            grid: try golden.cropGrid(), classes: classes, zDim: try golden.integer("z"),
            generatorWidth: try golden.integer("g"), discriminatorWidth: try golden.integer("d"),
            hidden: try golden.integer("hidden"))
        (generator, discriminator) = (OASISGenerator(shape), OASISDiscriminator(shape))
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
        try golden.loadTorch("init/G", into: g)
        try golden.loadTorch("init/D", into: d)
        let count = isSplit ? try golden.integer("batch") : 1
        maps = try golden.oneHotMaps("input/labels", classes: classes, count)
        real = try golden.microbatches("input/real", count)
        zOfG = try golden.microbatches("input/z_Gstep", count)
        zOfD = try golden.microbatches("input/z_Dstep", count)
        let labels = try golden.values("input/labels")
        let pixels = (0..<classes).map { c in labels.count { $0 == Float(c) } }
        self.pixels = pixels
        let bits = try golden.values("input/labelmix_bits").map { $0 == 1 }
        masks = maps.map { LabelMix.mask(of: $0, bits: bits, present: pixels.map { $0 > 0 }) }
        classWeights = SegmentationLoss.weights(
            pixels: pixels, ignored: try golden.integer("dontcare") == 0 ? nil : 0)
        mixWeight = try golden.number("labelmix")
    }

    private var count: Int { maps.count }

    private func made(_ z: [Tensor], _ weights: [Weights]) -> [GeneratorOutput] {
        generator(zip(maps, z).map { TranslationInput(condition: $0, z: $1) }, weights)
    }

    private func realLosses(_ scores: [Tensor]) -> [Tensor] {
        zip(scores, maps).map { SegmentationLoss.onReal($0, map: $1, weights: classWeights) }
    }

    func generatorStep(details: Bool) -> [String: [Float]] {
        g.advance()
        d.advance()
        let made = made(zOfG, g.microbatchWeights(count, differentiable: false))
        let weights = d.weights(differentiable: false)
        let seen = made.map { discriminator($0.image, weights) }
        var found = [
            "fake_G": made.map(\.image).joined, "logits_G": seen.map { $0.scores[0] }.joined,
            "loss_G": realLosses(seen.map { $0.scores[0] }).averaged,
        ]
        guard details else { return found }
        for block in 0..<shape.blocks {
            let r = shape.resolution(halvings: shape.blocks - 1 - block)
            found["G/block\(block)"] = made.compactMap { $0.features[r] }.joined
            found["D/down\(block)"] = seen.compactMap { $0.features[shape.resolution(halvings: block + 1)] }.joined
        }
        return found
    }

    func generatorGradients() -> [String: [Float]] {
        g.advance()
        d.advance()
        let weights = g.microbatchWeights(count, differentiable: true)
        let weightsOfD = d.weights(differentiable: false)
        func losses(_ images: [Tensor]) -> [Tensor] {
            realLosses(images.map { discriminator($0, weightsOfD).scores[0] })
        }
        let made = made(zOfG, weights)
        let images = made.map { $0.image.detached().variable() }
        let image = imageGradients(of: losses(images), images)
        let sums = summedGradients(
            of: losses(made.map(\.image)), with: weights.map { g.all.variables($0) })
        var found = g.named(sums, microbatches: count)
        found["image"] = image
        return found
    }

    /// The discriminator before each of its three forward passes, which each move u and v on.
    private func discriminators() -> [Parameters] {
        var last = d
        return (0..<3).map { _ in
            let next = Parameters(discriminator.declarations)
            next.copy(from: last)
            next.advance()
            last = next
            return next
        }
    }

    /// Images, scores of fake, real and mixed ones, and the parts of the loss, of each microbatch.
    private func passes(
        _ weights: [Weights]
    ) -> (fake: [Tensor], mixed: [Tensor], scores: [[Tensor]], losses: [String: [Tensor]]) {
        g.advance()
        let fake = made(zOfD, g.microbatchWeights(count, differentiable: false)).map(\.image)
        let mixed = (0..<count).map { LabelMix.mixed(real: real[$0], fake: fake[$0], mask: masks[$0]) }
        let scores = zip([fake, real, mixed], weights).map { images, weights in
            images.map { discriminator($0, weights).scores[0] }
        }
        let mix = (0..<count).map { k in
            LabelMix.loss(real: scores[1][k], fake: scores[0][k], ofMixed: scores[2][k], mask: masks[k]) * mixWeight
        }
        return (
            fake, mixed, scores,
            ["fake": scores[0].map(SegmentationLoss.onFake), "real": realLosses(scores[1]), "labelmix": mix]
        )
    }

    func discriminatorStep() -> [String: [Float]] {
        let passes = passes(discriminators().map { $0.weights(differentiable: false) })
        var found = [
            "fake_D": passes.fake.joined, "mixed": passes.mixed.joined, "logits_fake": passes.scores[0].joined,
            "logits_real": passes.scores[1].joined, "logits_mixed": passes.scores[2].joined,
        ]
        for (part, losses) in passes.losses { found["loss_D_\(part)"] = losses.averaged }
        return found
    }

    /// - Parameter part: of the loss; nil for their sum.
    func discriminatorGradients(_ part: String?) -> [String: [Float]] {
        let networks = discriminators()
        let weights = networks.map { $0.weights(differentiable: true) }
        let losses = passes(weights).losses
        let total = (0..<count).map { k in
            losses.filter { part == nil || $0.key == part }.sorted { $0.key < $1.key }.map { $0.value[k] }
                .reduce(Tensor(0), +)
        }
        let variables = zip(networks, weights).flatMap { $0.all.variables($1) }
        // One set of weights for all microbatches, whose graphs hang together in it alone.
        let sums = gradients(of: total.reduce(Tensor(0), +), with: variables)
        let each = d.trained.count
        return networks.indices.map { pass in
            networks[pass].named(Array(sums[pass * each..<(pass + 1) * each]), microbatches: count)
        }.reduce(into: [:]) { all, found in
            all.merge(found) { zip($0, $1).map { $0 + $1 } }
        }
    }

    func leaveState(ofDiscriminatorStep isDiscriminators: Bool) {
        g.advance()
        let weights = g.microbatchWeights(count, differentiable: false)
        g.followNoted(made(isDiscriminators ? zOfD : zOfG, weights).map(\.noted))
        for _ in 0..<(isDiscriminators ? 3 : 1) { d.advance() }
    }

    /// By the moving averages and u and v as they are.
    func evaluated() -> [Float] {
        made(zOfG, zOfG.map { _ in g.weights(differentiable: false) }).map(\.image).joined
    }
}
