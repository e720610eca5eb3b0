import Configuration
import Models
import Recipes
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// Attention and spectral normalisation in every family, as configurations ask for them.
@Suite struct NetworkExtrasTests {
    static let families = Small.families + [Small.selfAttention]
    static let extras = ["model.attention=8", "model.spectral_norm=both"]

    /// What the configuration checks is what the networks have.
    @Test(arguments: ModelFamily.allCases, [16, 64])
    func theConfigurationKnowsWhereAttentionCanBe(_ family: ModelFamily, _ resolution: Int) throws {
        let places = family.attentionPlaces(resolution: resolution)
        func sagan() -> SAGANShape {
            SAGANShape(resolution: resolution, imageChannels: 3, zDim: 4, channelBase: 64, channelMax: 4)
        }
        switch family {
        case .stylegan2:
            let shape = StyleGAN2Shape(
                resolution: resolution, imageChannels: 3, zDim: 4, wDim: 4, labelDim: 0, mappingLayers: 1,
                channelBase: 64, channelMax: 4, clamp: nil)
            #expect(places.generator == StyleGAN2Generator.attentionResolutions(shape))
            #expect(places.discriminator == StyleGAN2Discriminator.attentionResolutions(shape).sorted())
        case .pggan:
            let shape = ProgressiveShape(
                resolution: resolution, imageChannels: 3, zDim: 4, labelDim: 0, channelBase: 64, channelMax: 4,
                pixelNorm: true, equalizedLR: true, leakyReLU: true)
            #expect(places.generator == ProgressiveGenerator.attentionResolutions(shape))
            #expect(places.discriminator == ProgressiveDiscriminator.attentionResolutions(shape).sorted())
        case .sagan:
            #expect(places.generator == SAGANGenerator.attentionResolutions(sagan()))
            #expect(places.discriminator == SAGANDiscriminator.attentionResolutions(sagan()).sorted())
        case .pix2pix, .ccfpse, .oasis, .r3gan:
            #expect(places.generator.isEmpty && places.discriminator.isEmpty)
        }
    }

    /// Both networks train with them, and a file's generator has them.
    @Test(arguments: families) func everyFamilyTrainsWithThem(_ family: [String]) throws {
        let engine = try Small.engine(family + Self.extras)
        let gains = engine.networks.measured.filter { !$0.name.hasSuffix("/sigma") }
        #expect(gains.count == 2 && gains.allSatisfy { $0.value == 0 })
        try Small.run(engine, steps: 6)
        let measured = engine.networks.measured
        let sigmas = measured.filter { $0.name.hasSuffix("/sigma") }
        #expect(sigmas.count > 20 && sigmas.allSatisfy { $0.value > 0 && $0.value.isFinite })
        #expect(!sigmas.contains { $0.name.contains("_dec") }, "the decoder takes no part in the score")
        for gain in measured where !gain.name.hasSuffix("/sigma") {
            #expect(gain.value != 0 && gain.value.isFinite, "\(gain.name)")
        }
        #expect(EngineState(engine).isFinite)
        try withTemporaryFolder { folder in
            let path = folder + "/a.h5"
            try CheckpointFile.write(engine.checkpoint(datasetID: "set", ranks: 1), to: path)
            let file = try GeneratorFile(path)
            let names = Set(file.parameters.declarations.map(\.name))
            #expect(names == Set(engine.networks.average.declarations.map(\.name)))
            #expect(file.parameters.values.array == engine.networks.average.values.array)
        }
    }

    /// One of two.
    @Test(arguments: families) func oneNetworkAloneHasThem(_ family: [String]) throws {
        let engine = try Small.engine(family + ["model.attention=8", "model.attention_in=d", "model.spectral_norm=d"])
        let measured = engine.networks.measured
        #expect(!measured.isEmpty && measured.allSatisfy { $0.name.hasPrefix("discriminator/") })
    }
}
