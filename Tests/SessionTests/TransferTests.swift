import Kernels
import Layers
import Storage
import SmallRuns
import Testing

import Training

@Suite struct TransferTests {
    private func trained(_ overrides: [String] = []) throws -> CheckpointContents {
        let engine = try Small.engine(overrides)
        try Small.run(engine, steps: 2)
        return engine.checkpoint(datasetID: "set", ranks: 1)
    }

    /// As built from reference weights: networks only.
    private func networksOnly(_ contents: CheckpointContents, _ groups: [String]) -> CheckpointContents {
        CheckpointContents(
            arrays: contents.arrays.filter { array in groups.contains { array.path.hasPrefix($0 + "/") } })
    }

    private func values(_ contents: CheckpointContents, _ path: String) throws -> [Float] {
        try #require(contents.array(path)).values
    }

    @Test func takesTheNetworksAndNothingElse() throws {
        let source = try trained()
        let engine = try Small.engine(["seed=9"])
        #expect(try engine.transfer(source, path: "a.h5").isEmpty)
        #expect(engine.step == 0 && engine.imagesShown == 0 && engine.pathMean == 0)
        #expect(
            engine.state.counters.optimizerStepsGenerator == 0 && engine.state.counters.optimizerStepsDiscriminator == 0
        )
        let found = engine.checkpoint(datasetID: "set", ranks: 1)
        for array in found.arrays where !array.path.hasPrefix("optimizer/") && !array.path.hasPrefix("state/") {
            #expect(try array.values == values(source, array.path), "\(array.path)")
        }
        for array in found.arrays where array.path.hasPrefix("optimizer/") {
            #expect(array.values.allSatisfy { $0 == 0 }, "\(array.path)")
        }
        try Small.run(engine, steps: 1)
        #expect(EngineState(engine).isFinite)
    }

    /// What is left of a network whose attention has learnt is another function.
    @Test func whatTheRunDoesNotHaveIsTold() throws {
        let source = try Small.engine(Small.selfAttention).checkpoint(datasetID: "set", ranks: 1)
        let engine = try Small.engine(Small.selfAttention + ["model.attention="])
        // Of generator, discriminator and average a gain, four weights, and their u and v.
        #expect(
            try engine.transfer(source, path: "a.h5") == [
                "a.h5 has generator/g_non_local_8/sn_conv_theta/w and 38 more, which this run's networks do not have:"
                    + " they start without"
            ])
    }

    @Test func aMissingAverageIsTheGenerator() throws {
        let source = networksOnly(try trained(), ["generator", "discriminator"])
        let engine = try Small.engine(["seed=9"])
        #expect(try engine.transfer(source, path: "a.h5").isEmpty)
        #expect(engine.networks.average.values.array == engine.networks.g.values.array)
        #expect(engine.networks.average.state.array == engine.networks.g.state.array)
    }

    @Test func aMissingDecoderIsNamedAndKeepsItsInitialValues() throws {
        let source = try trained(["ggdr.enabled=false"])
        let engine = try Small.engine(["seed=9"])
        let initial = engine.checkpoint(datasetID: "set", ranks: 1)
        #expect(
            try engine.transfer(source, path: "a.h5")
                == ["weight", "bias"].map { "a.h5 has no discriminator/b8_dec.\($0): it keeps its initial values" })
        let found = engine.checkpoint(datasetID: "set", ranks: 1)
        let decoder = "discriminator/b8_dec.weight"
        #expect(try values(found, decoder) == values(initial, decoder))
        let body = "discriminator/b4.conv.weight"
        #expect(try values(found, body) == values(source, body))
    }

    @Test func anotherArchitectureIsRefusedAndChangesNothing() throws {
        let engine = try Small.engine(["model.mapping_layers=3"])
        let before = EngineState(engine)
        var message = ""
        do { _ = try engine.transfer(try trained(), path: "a.h5") } catch { message = "\(error)" }
        #expect(message.contains("a.h5") && message.contains("generator/mapping.fc2.weight is missing"))
        #expect(EngineState(engine).differences(from: before).isEmpty)
    }

    @Test func resumingFromNetworksAloneIsRefused() throws {
        let source = networksOnly(try trained(), ["generator", "discriminator", "ema"])
        var message = ""
        do {
            try Small.engine().resume(source, path: "a.h5", datasetID: "set")
        } catch { message = "\(error)" }
        #expect(message.contains("a.h5") && message.contains("--transfer"))
    }
}
