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

/// What files tell of a self-attention GAN's generator.
@Suite struct SAGANFileTests {
    private static func engine(_ more: [String], resolution: Int = 16) throws -> StepEngine {
        try Small.engine(Small.selfAttention + more, resolution: resolution)
    }

    static let cases: [[String]] = [
        [], ["data.labels=false", "model.attention="], ["model.attention=8,16", "model.attention_in=g"],
        ["model.spectral_norm=d", "model.attention_pooling=false"],
        ["model.spectral_norm=none", "model.attention_block=residual"],
        // Widths by the base alone, by the maximum alone, and of a base that no resolution divides.
        ["model.channel_base=64", "model.channel_max=512"], ["model.channel_base=4096", "model.channel_max=8"],
        ["model.channel_base=100", "model.channel_max=11"],
    ]

    @Test(arguments: cases, [8, 16, 32]) func sizesAreToldByShapes(_ more: [String], _ resolution: Int) throws {
        // 8² leaves no map that both networks have.
        let more = resolution == 8 ? more.filter { !$0.hasPrefix("model.attention=") } : more
        let engine = try Self.engine(more, resolution: resolution)
        _ = try expectSameGenerator(engine, resolution: resolution)
    }

    static let forgedLevels: [(Int, Float)] = [(8, 0), (16, 0.5)]

    /// Networks that do not grow have one level.
    @Test(arguments: forgedLevels) func aForgedLevelIsRefused(_ resolution: Int, _ fade: Float) throws {
        let engine = try Self.engine([])
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            var contents = engine.checkpoint(datasetID: "set", ranks: 1)
            contents.attributes += [("level_resolution", .int(resolution)), ("level_fade", .float(fade))]
            try CheckpointFile.write(contents, to: path)
            let ofGenerator = thrown(StateError.self) { _ = try GeneratorFile(path) }
            let ofDiscriminator = thrown(StateError.self) { _ = try DiscriminatorFile(path) }
            for error in [ofGenerator, ofDiscriminator] {
                #expect(error?.description.contains("level_resolution is \(resolution)") == true)
            }
        }
    }

    /// Batches that memory does not hold are refused before they are made.
    @Test func standingStatisticsNeedMemory() throws {
        let engine = try Self.engine([])
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let file = try GeneratorFile(path)
            // Feature maps of 16 channels at 8² and at 16², of 8 images.
            let bytes = 8 * 4 * 16 * (8 * 8 + 16 * 16)
            let error = thrown(DatasetError.self) {
                _ = try file.takeStandingStatistics(batches: 1, available: bytes - 1) {
                    BatchSums(LoopbackCommunicator(), microbatches: $0)
                }
            }
            let text = error.map { "\($0)" } ?? "none"
            #expect(text.contains("8 images"), "\(text)")
            let images = try file.takeStandingStatistics(batches: 1, available: bytes) {
                BatchSums(LoopbackCommunicator(), microbatches: $0)
            }
            #expect(images == 8)
        }
    }

    /// Several discriminator phases a step: R1's weight and Adam's correction count them, and so does the average.
    @Test func whatIsLazyCountsUpdates() throws {
        func settings(_ more: [String]) throws -> (rate: Double, halfLife: Double) {
            let engine = try Self.engine(["loss.r1_gamma=1", "loss.r1_interval=4"] + more)
            let stage = engine.configuration.grown.stage
            return (engine.recipe.optimizer(of: .discriminator, at: stage).learningRate, stage.emaHalfLifeKimg)
        }
        let (one, two) = (try settings([]), try settings(["loss.d_steps=2"]))
        #expect(abs(one.rate / 0.0025 - 0.8) < 1e-9)
        #expect(abs(two.rate / 0.0025 - 8 / 9) < 1e-9)
        #expect(abs(two.halfLife - 2 * one.halfLife) < 1e-9)
    }

    /// A file whose configuration asks its generator for what it has not.
    @Test func attentionWithoutAMapIsRefused() throws {
        let engine = try Self.engine([])
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            var contents = engine.checkpoint(datasetID: "set", ranks: 1)
            contents.attributes = contents.attributes.map { name, value in
                guard name == "config", let text = value.stringValue else { return (name, value) }
                let changed = text.replacingOccurrences(of: "  attention: 8\n", with: "  attention: 1024\n")
                #expect(changed != text)
                return (name, .string(changed))
            }
            try CheckpointFile.write(contents, to: path)
            let error = thrown(StateError.self) { _ = try GeneratorFile(path) }
            #expect(error?.description.contains("attention at 1024²") == true, "\(error?.description ?? "none")")
            #expect(error?.description.contains("8², 16²") == true)
        }
    }
}
