import Autodiff
import Cluster
import Foundation
import Models
import NumericalTesting
import Recipes
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// What files tell of generators that make images of label maps or of images.
@Suite struct TranslationFileTests {
    static let cases =
        SmallPairs.families + [
            SmallPairs.pix2pix.with(["model.norm=instance", "model.unet_depth=3", "model.patch_layers=2"], "shallow"),
            SmallPairs.pix2pix.with(["data.condition=map", "model.unet_depth=2"], "of maps"),
            SmallPairs.oasis.with(["model.unet_depth=3", "model.z_dim=9", "ggdr.enabled=true"], "other"),
            SmallPairs.ccfpse.with(["model.unet_depth=6", "model.channel_base=64"], "deep"),
        ]

    private static let description = DatasetDescription(
        format: .picture(resolution: 64, channels: 3), semanticClasses: Small.mapClasses,
        semanticNames: ["ground", "disc", "square", "star"],
        imageCondition: SampleFormat(
            element: .uint8, height: 64, width: 64,
            channels: ["a", "b"].map { SampleFormat.Channel(name: $0, transform: .picture) }))

    private func stored(_ engine: StepEngine, _ change: (inout CheckpointContents) -> Void = { _ in })
        -> CheckpointContents
    {
        var contents = engine.checkpoint(datasetID: "set", ranks: 1, description: Self.description)
        change(&contents)
        return contents
    }

    @Test(arguments: cases) func sizesAreToldByShapes(_ known: SmallPairs) throws {
        let engine = try known.engine()
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(stored(engine), to: path)
            let file = try GeneratorFile(path)
            let average = engine.networks.average
            #expect(file.parameters.declarations.map(\.name) == average.declarations.map(\.name))
            #expect(file.parameters.declarations.map(\.layout) == average.declarations.map(\.layout))
            #expect(file.parameters.state.array == average.state.array)
            let (found, own) = (file.generator, engine.networks.generator)
            #expect(found.resolution == own.resolution && found.imageSize == own.imageSize)
            #expect(found.zDim == own.zDim && found.conditionChannels == own.conditionChannels)
            #expect(found.conditionChannels == engine.configuration.conditionChannels)
            #expect(found.sizeMultiple == own.sizeMultiple && found.looksAtWholeBatch == own.looksAtWholeBatch)
            #expect(found.labelDim == 0 && file.classCount == 0)
            let isMap = engine.configuration.data.condition == .map
            #expect(file.conditionClasses == (isMap ? Small.mapClasses : 0))
            #expect(file.mapFormat?.names == (isMap ? Self.description.semanticNames : nil))
            #expect(file.conditionFormat == (isMap ? nil : Self.description.imageCondition))
            // Networks as the configuration describes them, the decoder among them.
            let measured = try StoredNetworks(stored(engine), path: path).measured(of: .discriminator)
            #expect(measured.isEmpty == (engine.configuration.model.spectralNorm == .none))
        }
    }

    /// What makes images of noise, and what looks into networks of classes, has no maps to give.
    @Test(arguments: SmallPairs.families) func imagesOfNoiseAreRefused(_ known: SmallPairs) throws {
        let engine = try known.engine()
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(stored(engine), to: path)
            let file = try GeneratorFile(path)
            let errors = [
                thrown(DatasetError.self) { _ = try file.images(seeds: [0], classes: nil, truncation: 1) },
                thrown(DatasetError.self) { _ = try file.images(seeds: [0], conditions: nil, truncation: 1) },
                thrown(DatasetError.self) { _ = try file.values(seeds: [0], conditions: nil, truncation: 1) },
            ]
            for error in errors {
                #expect(error?.exitCode == 64)
                let text = error.map { "\($0)" } ?? "none"
                #expect(text.contains(path) && text.contains("ganglion translate"), "\(text)")
            }
            let looking = thrown(DatasetError.self) { _ = try DiscriminatorFile(path) }
            #expect(looking?.exitCode == 64)
            let standing = thrown(DatasetError.self) {
                _ = try file.takeStandingStatistics(batches: 1, available: 0) {
                    BatchSums(LoopbackCommunicator(), microbatches: $0)
                }
            }
            #expect(standing?.exitCode == 64)
        }
    }

    /// Of batches as large as the run's, of conditions that take turns by their numbers: means of what a training pass over
    /// each of them notes, on one rank alone.
    @Test(arguments: SmallPairs.families) func standingStatisticsAreOfConditions(_ known: SmallPairs) throws {
        let engine = try known.engine()
        let (side, channels) = (known.side, engine.configuration.conditionChannels)
        let isMap = engine.configuration.data.condition == .map
        func pixels(_ numbers: [Int]) -> PixelConditions {
            let maps = numbers.flatMap { Small.maps(position: $0, height: side, width: side) }
            guard !isMap else { return .maps(maps, height: side, width: side) }
            let values = maps.flatMap { value in (0..<channels).map { Float(value) / 2 - Float($0) } }
            return .images(values, height: side, width: side)
        }
        try withTemporaryFolder { folder in
            try CheckpointFile.write(stored(engine), to: folder + "/a.h5")
            let (file, other) = (try GeneratorFile(folder + "/a.h5"), try GeneratorFile(folder + "/a.h5"))
            var asked: [[Int]] = []
            let conditions = StandingStatistics.Conditions(
                PairedPixels { numbers in
                    asked.append(numbers)
                    return pixels(numbers)
                }, count: 12)
            func taken(_ file: GeneratorFile) throws -> [Float] {
                let images = try file.takeStandingStatistics(batches: 2, available: 0, conditions: conditions) {
                    BatchSums(LoopbackCommunicator(), microbatches: $0)
                }
                #expect(images == 8)
                return file.parameters.tracked.flatMap { file.parameters.view($0).array }
            }
            let before = file.parameters.tracked.flatMap { file.parameters.view($0).array }
            let values = file.parameters.values.array
            let found = try taken(file)
            #expect(found != before && file.parameters.values.array == values)
            #expect(asked == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11], [0, 1], [2, 3]])
            let again = try taken(other)
            #expect(again == found)

            // Pix2Pix's dropout is what is left to chance: its innermost statistics are of draws that nobody else makes.
            guard engine.networks.generator.dropoutSizes(height: side, width: side).isEmpty else { return }
            var expected = [Double](repeating: 0, count: found.count)
            for batch in 0..<2 {
                let sums = BatchSums(LoopbackCommunicator(), microbatches: 1)
                let z = Randomizer(seed: engine.configuration.seed).normals(
                    .standingStatistics, step: batch, samples: 0..<8, shape: [max(1, file.generator.zDim)])
                let input = GeneratorInput(
                    z: z, labels: nil,
                    condition: pixels((0..<8).map { (8 * batch + $0) % 12 }).tensor(rows: 0..<8, channels: channels),
                    noise: .constant)
                let weights = other.parameters.weights(differentiable: false, batch: sums)
                let noted = Tape.paused { file.generator([input], [weights])[0].noted }
                for (place, value) in noted.enumerated() { expected[place] += Double(value) / 2 }
            }
            #expect(relativeError(found, expected) < 1e-4)
        }
    }

    /// Of one map more than its generator takes, of none, of a size that its generator cannot halve.
    @Test func forgedAttributesAreRefused() throws {
        let changes: [(SmallPairs, String, AttributeValue?)] = [
            (.ccfpse, SampleAttributes.mapClasses, .int(5)), (.ccfpse, SampleAttributes.mapClasses, .int(1 << 20)),
            (.ccfpse, SampleAttributes.mapClasses, nil), (.oasis, SampleAttributes.mapClasses, nil),
            (.oasis, SampleAttributes.mapClasses, .int(200)), (.pix2pix, SampleAttributes.condition, nil),
            (.pix2pix, SampleAttributes.condition, .string("{}")), (.oasis, "resolution", .int(8)),
            (.pix2pix, "resolution", .int(24)), (.ccfpse, "resolution", nil),
        ]
        for (known, name, value) in changes {
            let engine = try known.engine()
            try withTemporaryFolder { folder in
                let path = folder + "/a.h5"
                let contents = stored(engine) { contents in
                    contents.attributes.removeAll { $0.0 == name }
                    if let value { contents.attributes.append((name, value)) }
                }
                try CheckpointFile.write(contents, to: path)
                #expect(throws: (any Error).self, "\(known), \(name)") { _ = try GeneratorFile(path) }
            }
        }
    }

    /// Other classes, or other names of them, are another data set.
    @Test func otherMapsAreToldApart() throws {
        let engine = try SmallPairs.oasis.engine()
        var other = Self.description
        other.semanticNames = ["ground", "disc", "square", "moon"]
        let attributes = SampleAttributes(other, engine.configuration)
        let error = thrown(StateError.self) { try attributes.check(stored(engine), path: "a.h5") }
        let text = error.map { "\($0)" } ?? "none"
        #expect(text.contains("star") && text.contains("moon"), "\(text)")
        try SampleAttributes(Self.description, engine.configuration).check(stored(engine), path: "a.h5")
    }
}
