import Failure
import Foundation
import Kernels
import Layers
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Pictures of clustered feature maps.
@Suite struct FeaturePictureTests {
    private func draw(
        _ scene: PictureScene, _ checkpoints: [String], _ options: ClusterPictureOptions? = nil,
        resolutions: String? = nil, _ say: (String) -> Void = { _ in }
    ) throws -> [[RasterImage]] {
        try FeaturePictureSession(
            checkpoints: checkpoints, options: options ?? scene.options(), resolutions: resolutions
        ).run(say)
        return try scene.cells()
    }

    struct Family: Sendable, CustomTestStringConvertible {
        let name: String
        let overrides: [String]
        /// That its generator has.
        let resolutions: [Int]
        var testDescription: String { name }
    }
    static let families = [
        Family(name: "stylegan2", overrides: [], resolutions: [4, 8, 16]),
        Family(name: "pggan", overrides: Small.progressive, resolutions: [4, 8, 16]),
        Family(name: "sagan", overrides: Small.selfAttention, resolutions: [8, 16]),
    ]

    @Test(arguments: families) func imagesAndTheirMaps(_ family: Family) throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", family.overrides)
            let usual = try draw(scene, [path])
            #expect(usual.count == 2 && usual.allSatisfy { $0.count == 2 })
            let list = family.resolutions.map { "\($0)" }.joined(separator: ",")
            let all = try draw(scene, [path], resolutions: list)
            #expect(all.count == 2 && all.allSatisfy { $0.count == 1 + family.resolutions.count })
            let file = try GeneratorFile(path)
            let classes =
                file.generator.labelDim == 0 ? nil : [3 % file.generator.labelDim, 4 % file.generator.labelDim]
            for place in 0..<2 {
                let label = classes.map { $0[place] }
                let image = try file.images(seeds: [3 + place], classes: label.map { [$0] }, truncation: 1)
                #expect(all[place][0].pixels == PictureScene.shown(image))
                let maps = try file.featureMaps(seed: 3 + place, label: label, truncation: 1)
                #expect(maps.image == image && maps.maps.keys.sorted() == family.resolutions)
                for (column, resolution) in family.resolutions.enumerated() {
                    let colors = PictureScene.colors(all[place][column + 1], resolution: resolution)
                    #expect(Set(colors).count <= 4 && !colors.contains([255, 255, 255]))
                }
                // The usual one is at half of the image; matched to nothing below it, its colours may be others.
                let pair = zip(
                    PictureScene.colors(usual[place][1], resolution: 8),
                    PictureScene.colors(all[place][1 + (family.resolutions.firstIndex(of: 8) ?? 0)], resolution: 8))
                let pairs = Set(pair.map { "\($0.0) \($0.1)" })
                #expect(pairs.count == Set(pair.map { $0.0 }).count && pairs.count == Set(pair.map { $0.1 }).count)
            }
            let colors = (0..<2).flatMap { PictureScene.colors(all[$0].last ?? all[$0][0], resolution: 16) }
            #expect(Set(colors).count > 1)
            #expect(try draw(scene, [path], resolutions: list) == all, "the same each time")
        }
    }

    /// What is clustered is the average's, by direction: an own k-means from the pictured clusters stays where it is.
    @Test func clustersAreThoseOfTheMaps() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5")
            let cells = try draw(scene, [path], scene.options(count: 5, clusters: 3), resolutions: "16")
            let file = try GeneratorFile(path)
            var vectors: [[Float]] = []
            var colors: [[UInt8]] = []
            for place in 0..<5 {
                let map = try #require(try file.featureMaps(seed: 3 + place, label: nil, truncation: 1).maps[16])
                let values = map.values.array
                vectors += stride(from: 0, to: values.count, by: map.channels).map { start in
                    let vector = Array(values[start..<start + map.channels])
                    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                    return vector.map { $0 / length }
                }
                colors += PictureScene.colors(cells[place][1], resolution: 16)
            }
            let names = Array(Set(colors))
            #expect(names.count == 3)
            var centres = [[Float]](repeating: [Float](repeating: 0, count: vectors[0].count), count: 3)
            for (vector, color) in zip(vectors, colors) {
                let place = try #require(names.firstIndex(of: color))
                centres[place] = zip(centres[place], vector).map { $0 + $1 }
            }
            let lengths = centres.map { centre in centre.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            for (vector, color) in zip(vectors, colors) {
                let cosines = zip(centres, lengths).map { centre, length in
                    zip(centre, vector).reduce(0) { $0 + $1.0 * $1.1 } / length
                }
                let own = cosines[names.firstIndex(of: color) ?? 0]
                #expect(own > (cosines.max() ?? 0) - 1e-4)
            }
        }
    }

    /// A column a checkpoint; the last is drawn as it would be alone.
    @Test func ofARunAStrip() throws {
        try withPictures { scene in
            let paths = try [1, 3, 5].map { try scene.checkpoint("run/checkpoints/0000000\($0).h5", steps: $0) }
            var said: [String] = []
            let strip = try draw(scene, [scene.path + "/run"], resolutions: "4,8") { said.append($0) }
            #expect(said.count == 5 && said[0] == "\(scene.path)/run: has 3 checkpoints")
            for (column, path) in paths.enumerated() {
                let kimg = ["0.008", "0.024", "0.04"][column]
                let start = "column \(column + 1): \(kimg) kimg, \(path); 4×4: 16 channels, mean cosine distance 0."
                #expect(said[column + 1].hasPrefix(start), "\(said[column + 1])")
            }
            let end = "feature maps of the generator at 4×4, 8×8 in 4 clusters, 2 images of 3 checkpoints: \(scene.out)"
            #expect(said.last == end)
            #expect(strip.count == 6 && strip.allSatisfy { $0.count == 3 })
            let alone = try draw(scene, [paths[2]], resolutions: "4,8")
            for place in 0..<2 {
                for kind in 0..<3 { #expect(strip[3 * place + kind][2] == alone[place][kind]) }
                for (column, path) in paths.enumerated() {
                    let image = try GeneratorFile(path).images(seeds: [3 + place], classes: nil, truncation: 1)
                    #expect(strip[3 * place][column].pixels == PictureScene.shown(image))
                }
            }
            // Where little has changed, so have colours.
            let later = (0..<2).map { PictureScene.colors(strip[3 * $0 + 1][2], resolution: 4) }.flatMap { $0 }
            let earlier = (0..<2).map { PictureScene.colors(strip[3 * $0 + 1][1], resolution: 4) }.flatMap { $0 }
            #expect(zip(later, earlier).count { $0 == $1 } > 16)
            #expect(try draw(scene, paths, resolutions: "4,8") == strip, "named one by one")
            #expect(try draw(scene, [scene.path + "/run/checkpoints"], resolutions: "4,8") == strip)
            // Without a choice the largest of the usual ones.
            #expect(try draw(scene, paths).count == 4)

            var narrow = scene.options()
            narrow.columns = 2
            said = []
            let ends = try draw(scene, [scene.path + "/run"], narrow, resolutions: "4,8") { said.append($0) }
            #expect(said.first == "\(scene.path)/run: has 3 checkpoints, of which 2 are to be shown")
            #expect(ends.allSatisfy { $0.count == 2 } && ends.map { $0[1] } == strip.map { $0[2] })
            #expect(ends[0][0] == strip[0][0] && ends[3][0] == strip[3][0])
        }
    }

    @Test func damagedOnesOfARunAreLeftOut() throws {
        try withPictures { scene in
            let paths = try [1, 2, 3].map { try scene.checkpoint("run/checkpoints/0000000\($0).h5", steps: $0) }
            let whole = try draw(scene, [scene.path + "/run"])
            try AtomicFile.write("nothing of the kind", to: paths[1])
            var said: [String] = []
            let rest = try draw(scene, [scene.path + "/run"]) { said.append($0) }
            #expect(said.contains { $0.hasPrefix("not shown: \(paths[1]): ") }, "\(said)")
            #expect(said.first == "\(scene.path)/run: has 3 checkpoints")
            #expect(said.last?.contains("2 images of 2 checkpoints") == true)
            #expect(rest.map { $0[1] } == whole.map { $0[2] } && rest[0][0] == whole[0][0] && rest[0].count == 2)
            // One that was named is not.
            #expect(throws: (any Error).self) { try draw(scene, paths) }
            for path in paths { try AtomicFile.write("nothing of the kind", to: path) }
            #expect(throws: (any Error).self) { try draw(scene, [scene.path + "/run"]) }
        }
    }

    static let growing: [[String]] = [[], Small.progressive]

    /// As far as they have grown; white where they have not.
    @Test(arguments: growing) func networksThatGrow(_ family: [String]) throws {
        try withPictures { scene in
            let overrides = Small.growing + family
            let steps = [1, 4, 11]
            let paths = try steps.map { try scene.checkpoint("\($0).h5", overrides, steps: $0) }
            #expect(try paths.map { try GeneratorFile($0).level.resolution } == [4, 8, 16])
            let strip = try draw(scene, paths)
            #expect(strip.count == 4 && strip.allSatisfy { $0.count == 3 })
            #expect(PictureScene.isBlank(strip[1][0]) && !PictureScene.isBlank(strip[1][1]))
            let first = try GeneratorFile(paths[0]).images(seeds: [3], classes: nil, truncation: 1)
            #expect(strip[0][0].pixels == PictureScene.shown(first, side: 4))
            // Of 4×4 nothing is at half.
            let alone = try draw(scene, [paths[0]])
            #expect(alone[0].count == 2 && !PictureScene.isBlank(alone[0][1]))
            let refused = thrown(DatasetError.self) { try draw(scene, [paths[1]], resolutions: "8,16") }
            #expect(refused?.exitCode == ExitCode.usage)
            #expect(
                refused?.message
                    == "--resolutions: found 16, but the generator of \(paths[1]) has feature maps at 4, 8")
        }
    }

    /// Refused as soon as the last has been opened: no other is.
    @Test func aPictureThatIsTooLargeIsRefusedBeforeItsWork() throws {
        try withPictures { scene in
            let path = try scene.checkpoint("a.h5", ["model.channel_base=512"], steps: 0, resolution: 512)
            let names = [scene.path + "/none.h5"] + [String](repeating: path, count: 11)
            var options = scene.options(count: 64)
            options.columns = 12
            let error = thrown(DatasetError.self) { try draw(scene, names, options) }
            #expect(error?.exitCode == ExitCode.usage)
            #expect(
                error?.message
                    == "\(scene.out): 128 rows of 12 images of 512×512 are more than 268435456 pixels; ask for a smaller --count or fewer columns"
            )
            let decoder = thrown(DatasetError.self) {
                try DecoderPictureSession(checkpoints: names, data: scene.data, options: options).run { _ in }
            }
            #expect(decoder?.message.contains(": 256 rows of 13 images of 512×512 are more than ") == true)
        }
    }

    @Test func truncationAndClassesAreThoseOfSamples() throws {
        try withPictures { scene in
            let plain = try scene.checkpoint("a.h5")
            var options = scene.options()
            options.truncation = 0.5
            let cells = try draw(scene, [plain], options)
            let image = try GeneratorFile(plain).images(seeds: [4], classes: nil, truncation: 0.5)
            #expect(cells[1][0].pixels == PictureScene.shown(image))
            let classes = try scene.checkpoint("b.h5", Small.selfAttention)
            let styles = thrown(DatasetError.self) { try draw(scene, [classes], options) }
            #expect(styles?.message.contains("--truncation 0.5: the generator of \(classes) has no styles") == true)
            options.truncation = 1
            options.label = "1"
            let chosen = try draw(scene, [classes], options)
            let ofClass = try GeneratorFile(classes).images(seeds: [4], classes: [1], truncation: 1)
            #expect(chosen[1][0].pixels == PictureScene.shown(ofClass))
            let unconditional = thrown(DatasetError.self) { try draw(scene, [plain], options) }
            #expect(unconditional?.message == "--class 1: the generator is unconditional")
            options.label = nil
            options.standingStatistics = 2
            _ = try draw(scene, [classes], options)
        }
    }

    @Test func whatIsNotFiniteIsNamed() throws {
        try withPictures { scene in
            let path = scene.path + "/a.h5"
            let engine = try Small.engine(["model.clamp=none"])
            let constant = try #require(engine.networks.average.entry(named: "synthesis.b4.const"))
            Elementwise.fill(engine.networks.average.view(constant), with: .greatestFiniteMagnitude)
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let error = thrown(CheckpointError.self) { try draw(scene, [path]) }
            #expect(error?.exitCode == ExitCode.badData)
            #expect(error?.description.contains("\(path): ") == true && error?.description.contains("seed 3") == true)
        }
    }

    @Test func whatIsAskedForMustBePossible() throws {
        func problem(_ change: (inout ClusterPictureOptions) -> Void, resolutions: String? = nil) -> String? {
            var options = ClusterPictureOptions(out: "out.png")
            change(&options)
            return thrown(UsageError.self) {
                try FeaturePictureSession(checkpoints: ["a"], options: options, resolutions: resolutions)
            }?.description
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0.out = "out.jpg" } == "--out out.jpg: expected FILE.png")
        #expect(problem { $0.clusters = 1 } == "--clusters 1: expected 2 to 32, the number of colours")
        #expect(problem { $0.clusters = 33 } == "--clusters 33: expected 2 to 32, the number of colours")
        #expect(problem { $0.count = 0 } == "--count 0: expected 1 to 64")
        #expect(problem { $0.count = 65 } == "--count 65: expected 1 to 64")
        #expect(problem { $0.columns = 1 } == "--columns 1: expected 2 to 12")
        #expect(problem { $0.columns = 13 } == "--columns 13: expected 2 to 12")
        #expect(problem { $0.seed = .max }?.hasPrefix("--seed 4294967295: expected at most") == true)
        #expect(problem { $0.truncation = .nan }?.hasPrefix("--truncation nan: expected a number") == true)
        #expect(problem { $0.standingStatistics = 0 }?.contains("expected 1 to 10000") == true)
        for text in ["", "8,", "8,8", "0", "-8", "8x16"] {
            #expect(
                problem({ _ in }, resolutions: text)
                    == "--resolutions \(text): expected different numbers, such as 16,32,64")
        }
    }

    @Test func foldersWithoutCheckpoints() throws {
        try withPictures { scene in
            let data = thrown(CheckpointError.self) { try draw(scene, [scene.data]) }
            #expect(data?.exitCode == ExitCode.badData && data?.description.contains("is a data set") == true)
            try FileManager.default.createDirectory(
                atPath: scene.path + "/run/checkpoints", withIntermediateDirectories: true)
            #expect(throws: CheckpointError.self) { try draw(scene, [scene.path + "/run"]) }
            #expect(throws: (any Error).self) { try draw(scene, [scene.path + "/none.h5"]) }
            // What cannot be written.
            let path = try scene.checkpoint("a.h5")
            var options = scene.options()
            options.out = scene.path + "/nowhere/out.png"
            let error = thrown(FileError.self) { try draw(scene, [path], options) }
            #expect(error?.exitCode == ExitCode.cannotWrite)
        }
    }
}
