import State
import Storage
import TestSupport
import SmallRuns
import Testing
import Training

@Suite struct ResumingTests {
    @Test(arguments: [[String](), ["data.labels=true"], ["ggdr.enabled=false", "microbatch=1"]])
    func resumedIsUninterrupted(_ overrides: [String]) throws {
        let whole = try Small.engine(overrides)
        try Small.run(whole, steps: 3)
        let contents = whole.checkpoint(datasetID: "set", ranks: 1)
        try Small.run(whole, steps: 4)

        let resumed = try Small.engine(overrides + ["seed=0"])
        try resumed.resume(contents, path: "a.h5", datasetID: "set")
        #expect(resumed.step == 3 && resumed.imagesShown == 24)
        try Small.run(resumed, steps: 4)
        #expect(EngineState(resumed).differences(from: EngineState(whole)).isEmpty)
    }

    @Test func survivesTheDisk() throws {
        let whole = try Small.engine()
        try Small.run(whole, steps: 2)
        try withTemporaryFolder { folder in
            let path = folder + "/00000016.h5"
            try CheckpointFile.write(whole.checkpoint(datasetID: "set", ranks: 1), to: path)
            let resumed = try Small.engine()
            try resumed.resume(try CheckpointFile.read(path), path: path, datasetID: "set")
            #expect(EngineState(resumed).differences(from: EngineState(whole)).isEmpty)
            try Small.run(whole, steps: 2)
            try Small.run(resumed, steps: 2)
            #expect(EngineState(resumed).differences(from: EngineState(whole)).isEmpty)
        }
    }

    @Test func holdsTheReferenceLayout() throws {
        let engine = try Small.engine()
        let contents = engine.checkpoint(datasetID: "set", ranks: 2)
        // Output channels, input channels, height, width.
        #expect(contents.array("discriminator/b16.fromrgb.weight")?.shape == [16, 3, 1, 1])
        #expect(contents.array("generator/synthesis.b4.const")?.shape == [16, 4, 4])
        #expect(contents.array("ema/mapping.w_avg")?.shape == [16])
        #expect(contents.array("discriminator/b8_dec.weight")?.shape == [16, 16, 1, 1])
        #expect(contents.array("optimizer/generator/m")?.shape == [engine.networks.g.values.count])
        #expect(contents.attribute("ranks") == .int(2))
        #expect(contents.attribute("dataset_id") == .string("set"))
        #expect(contents.attribute("config") == .string(engine.configuration.yaml))
    }

    @Test func isACopy() throws {
        let engine = try Small.engine()
        let contents = engine.checkpoint(datasetID: "set", ranks: 1)
        let before = contents.arrays.map(\.values)
        try Small.run(engine, steps: 1)
        #expect(contents.arrays.map(\.values) == before)
    }

    /// The message with which `contents` are refused; the engine must be as it was.
    private func refusal(_ engine: StepEngine, _ contents: CheckpointContents, datasetID: String = "set") -> String {
        let before = EngineState(engine)
        var message = ""
        #expect(throws: StateError.self) {
            do {
                try engine.resume(contents, path: "old.h5", datasetID: datasetID)
            } catch {
                message = "\(error)"
                throw error
            }
        }
        #expect(EngineState(engine).differences(from: before).isEmpty)
        return message
    }

    private func trained() throws -> CheckpointContents {
        let engine = try Small.engine()
        try Small.run(engine, steps: 1)
        return engine.checkpoint(datasetID: "set", ranks: 1)
    }

    @Test func anotherWidthIsRefused() throws {
        let message = refusal(try Small.engine(["model.channel_max=8"]), try trained())
        #expect(message.contains("old.h5") && message.contains("generator/synthesis.b4.const"))
        #expect(message.contains("[16, 4, 4]") && message.contains("expected [8, 4, 4]"))
    }

    @Test func anotherResolutionIsRefused() throws {
        let message = refusal(try Small.engine(resolution: 32), try trained())
        #expect(message.contains("generator/synthesis.b32.conv0.affine.weight is missing, expected shape [16, 16]"))
    }

    @Test func aMissingDecoderIsRefused() throws {
        let plain = try Small.engine(["ggdr.enabled=false"])
        let message = refusal(try Small.engine(), plain.checkpoint(datasetID: "set", ranks: 1))
        #expect(message.contains("discriminator/b8_dec.weight is missing, expected shape [16, 16, 1, 1]"))
    }

    @Test func anotherDataSetIsRefused() throws {
        let message = refusal(try Small.engine(), try trained(), datasetID: "other")
        #expect(message.contains("set") && message.contains("other") && message.contains("--transfer"))
    }

    @Test func missingPartsAreNamed() throws {
        let contents = try trained()
        for part in ["optimizer/discriminator/v", "state/pl_mean", "ema/mapping.w_avg"] {
            var damaged = contents
            damaged.arrays.removeAll { $0.path == part }
            #expect(refusal(try Small.engine(), damaged).contains(part))
        }
        for part in ["step", "images_shown", "optimizer_steps_generator", "optimizer_steps_discriminator"] {
            var damaged = contents
            damaged.attributes.removeAll { $0.0 == part }
            #expect(refusal(try Small.engine(), damaged).contains(part))
        }
    }

    @Test func momentsOfAnotherLengthAreNamed() throws {
        var contents = try trained()
        let index = try #require(contents.arrays.firstIndex { $0.path == "optimizer/generator/v" })
        let count = contents.arrays[index].values.count
        contents.arrays[index].values.removeLast()
        let message = refusal(try Small.engine(), contents)
        #expect(
            message.contains("optimizer/generator/v has \(count - 1) elements") && message.contains("expected \(count)")
        )
    }
}
