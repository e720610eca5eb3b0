import Kernels
import Layers
import Storage
import Testing

import Training

@Suite struct TransferTests {
    private func trained(_ overrides: [String] = []) throws -> CheckpointContents {
        let trainer = try Small.trainer(overrides)
        try Small.run(trainer, steps: 2)
        return trainer.checkpoint(datasetID: "set", ranks: 1)
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
        let trainer = try Small.trainer(["seed=9"])
        #expect(try trainer.transfer(source, path: "a.h5").isEmpty)
        #expect(trainer.step == 0 && trainer.imagesShown == 0 && trainer.pathMean == 0)
        #expect(trainer.optimizerG.steps == 0 && trainer.optimizerD.steps == 0)
        let found = trainer.checkpoint(datasetID: "set", ranks: 1)
        for array in found.arrays where !array.path.hasPrefix("optimizer/") && !array.path.hasPrefix("state/") {
            #expect(try array.values == values(source, array.path), "\(array.path)")
        }
        for array in found.arrays where array.path.hasPrefix("optimizer/") {
            #expect(array.values.allSatisfy { $0 == 0 }, "\(array.path)")
        }
        try Small.run(trainer, steps: 1)
        #expect(TrainerState(trainer).isFinite)
    }

    @Test func aMissingAverageIsTheGenerator() throws {
        let source = networksOnly(try trained(), ["generator", "discriminator"])
        let trainer = try Small.trainer(["seed=9"])
        #expect(try trainer.transfer(source, path: "a.h5").isEmpty)
        #expect(trainer.networks.average.values.array == trainer.networks.g.values.array)
        #expect(trainer.networks.average.state.array == trainer.networks.g.state.array)
    }

    @Test func aMissingDecoderIsNamedAndKeepsItsInitialValues() throws {
        let source = try trained(["ggdr.enabled=false"])
        let trainer = try Small.trainer(["seed=9"])
        let initial = trainer.checkpoint(datasetID: "set", ranks: 1)
        #expect(
            try trainer.transfer(source, path: "a.h5")
                == ["weight", "bias"].map { "a.h5 has no discriminator/b8_dec.\($0): it keeps its initial values" })
        let found = trainer.checkpoint(datasetID: "set", ranks: 1)
        let decoder = "discriminator/b8_dec.weight"
        #expect(try values(found, decoder) == values(initial, decoder))
        let body = "discriminator/b4.conv.weight"
        #expect(try values(found, body) == values(source, body))
    }

    @Test func anotherArchitectureIsRefusedAndChangesNothing() throws {
        let trainer = try Small.trainer(["model.mapping_layers=3"])
        let before = TrainerState(trainer)
        var message = ""
        do { _ = try trainer.transfer(try trained(), path: "a.h5") } catch { message = "\(error)" }
        #expect(message.contains("a.h5") && message.contains("generator/mapping.fc2.weight is missing"))
        #expect(TrainerState(trainer).differences(from: before).isEmpty)
    }

    @Test func resumingFromNetworksAloneIsRefused() throws {
        let source = networksOnly(try trained(), ["generator", "discriminator", "ema"])
        var message = ""
        do {
            try Small.trainer().resume(source, path: "a.h5", datasetID: "set")
        } catch { message = "\(error)" }
        #expect(message.contains("a.h5") && message.contains("--transfer"))
    }
}
