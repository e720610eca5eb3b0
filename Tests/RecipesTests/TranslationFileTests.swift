import Autodiff
import Cluster
import Foundation
import Models
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
            SmallPairs.ccfpse.with(["model.unet_depth=6", "model.channel_max=1"], "deep"),
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
