import Cluster
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// FreezeD (arXiv 2002.10964).
@Suite struct FrozenLayersTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let overrides: [String]
        let first: [String]
        var testDescription: String { first[0] }
    }

    static let cases: [Case] = [
        Case(overrides: [], first: ["b16.fromrgb", "b16.conv0", "b16.conv1", "b16.skip"]),
        Case(overrides: ["model.discriminator=orig"], first: ["b16.fromrgb", "b16.conv0", "b16.conv1", "b8.conv0"]),
        Case(overrides: Small.progressive, first: ["FromRGB_lod0", "16x16/Conv0", "16x16/Conv1_down", "8x8/Conv0"]),
        Case(
            overrides: Small.selfAttention + ["ggdr.enabled=true"],
            first: [
                "d_optimized_block1/sn_conv1", "d_optimized_block1/sn_conv2", "d_optimized_block1/sn_conv3",
                "d_non_local_8/sn_conv_theta",
            ]),
        Case(
            overrides: Small.r3gan,
            first: [
                "ExtractionLayer.Layer", "MainLayers.0.Layers.0.LinearLayer1.Layer",
                "MainLayers.0.Layers.0.LinearLayer2.Layer", "MainLayers.0.Layers.0.LinearLayer3.Layer",
            ]),
    ]

    @Test(arguments: cases) func theFirstLayersStayAndTheRestLearns(_ known: Case) throws {
        let engine = try Small.engine(known.overrides + ["freeze_d=4"])
        let layers = engine.networks.discriminator.layers
        #expect(layers.prefix(4).map(\.name) == known.first)
        #expect(!layers.contains { $0.name.contains("_dec") })
        let start = EngineState(engine)
        try Small.run(engine, steps: 4)
        let moved = Set(EngineState(engine).differences(from: start))
        let d = engine.networks.discriminator
        let frozen = Set(layers.prefix(4).flatMap(\.parameters))
        #expect(frozen.isSubset(of: d.activeParameters))
        for name in d.activeParameters {
            #expect(moved.contains("discriminator/\(name)") != frozen.contains(name), "\(name)")
        }
        #expect(EngineState(engine).isFinite)
        let states = try Small.states(ranks: 2, known.overrides + ["freeze_d=4"], steps: 4)
        for state in states { #expect(state.differences(from: EngineState(engine)).isEmpty) }
    }

    /// The gradients of what learns are those of a network that learns as a whole.
    @Test func otherGradientsStayAsTheyWere() throws {
        // One update alone: the next one would see other weights.
        let once = ["loss.r1_gamma=0"]
        let (whole, partly) = (try Small.engine(once), try Small.engine(once + ["freeze_d=3"]))
        for engine in [whole, partly] { try Small.run(engine, steps: 1) }
        let different = EngineState(partly).differences(from: EngineState(whole))
        for layer in whole.networks.discriminator.layers.enumerated() {
            for name in layer.element.parameters {
                #expect(different.contains("discriminator/\(name)") == (layer.offset < 3), "\(name)")
            }
        }
    }
}
