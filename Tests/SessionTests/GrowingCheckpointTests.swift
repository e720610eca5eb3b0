import Cluster
import Foundation
import Models
import Recipes
import State
import Storage
import TestSupport
import SmallRuns
import Testing
import Training

/// What the checkpoint of networks that grow says of them.
@Suite struct GrowingCheckpointTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var channels = 3
        var overrides: [String]
        var testDescription: String { "\(channels) \(overrides.joined(separator: " "))" }
    }

    static let progressive = Small.growing + Small.progressive
    static let cases = [
        Case(overrides: Small.growing),
        Case(overrides: progressive),
        Case(channels: 1, overrides: progressive + ["data.labels=true", "ggdr.enabled=false", "model.z_dim=7"]),
        Case(overrides: progressive + ["model.channel_base=4096", "model.channel_max=8"]),
        Case(overrides: progressive + ["model.channel_base=100", "model.channel_max=512"]),
        Case(channels: 1, overrides: progressive + ["model.channel_base=63", "model.channel_max=7"]),
        Case(overrides: progressive + ["model.pixel_norm=false"]),
        Case(overrides: progressive + ["model.equalized_lr=false"]),
        Case(overrides: progressive + ["model.leaky_relu=false"]),
    ]

    /// After so many steps of its schedule.
    private func engine(_ known: Case, steps: Int) throws -> StepEngine {
        let configuration = try Small.configuration(known.overrides, channels: known.channels)
        let engine = StepEngine(
            configuration, datasetLabels: Small.datasetLabels, communicator: LoopbackCommunicator())
        let coordinator = Coordinator(configuration, Small.schedule(configuration))
        for _ in 0..<steps {
            let plan = coordinator.plan(engine.state.counters, isFirst: false, stopSignal: nil)
            _ = try engine.run(
                phases: plan.phases, at: plan.setting, real: Small.reals(engine, at: plan.setting))
        }
        return engine
    }

    private func file(_ contents: CheckpointContents) throws -> GeneratorFile {
        try withTemporaryFolder { folder in
            try CheckpointFile.write(contents, to: folder + "/a.h5")
            return try GeneratorFile(folder + "/a.h5")
        }
    }

    /// At 4², in both fades, and when grown.
    @Test(arguments: cases, [1, 4, 8, 11]) func imagesAreThoseOfTheAverageAtItsLevel(_ known: Case, _ steps: Int) throws
    {
        let engine = try engine(known, steps: steps)
        let level = engine.level
        #expect(level.resolution == [1: 4, 4: 8, 8: 16, 11: 16][steps] && level.isFading == [4, 8].contains(steps))
        let file = try file(engine.checkpoint(datasetID: "set", ranks: 1))
        #expect(file.level == level)
        let (expected, found) = (engine.networks.generator, file.generator)
        #expect(file.parameters.declarations.map(\.name) == engine.networks.average.declarations.map(\.name))
        #expect(file.parameters.declarations.map(\.layout) == engine.networks.average.declarations.map(\.layout))
        #expect(file.parameters.values.array == engine.networks.average.values.array)
        #expect(found.zDim == expected.zDim && found.labelDim == expected.labelDim)
        #expect(found.imageChannels == known.channels && found.largestResolution == 16)
        if let known = expected as? ProgressiveGenerator {
            let shape = try #require(found as? ProgressiveGenerator).shape
            for r in known.shape.resolutions { #expect(shape.channels(r) == known.shape.channels(r)) }
            #expect(shape.pixelNorm == known.shape.pixelNorm && shape.leakyReLU == known.shape.leakyReLU)
            #expect(shape.equalizedLR == known.shape.equalizedLR)
        }
        let seeds = [0, 5, 4_000_000_000]
        let images = try file.images(seeds: seeds, classes: nil, truncation: 1)
        #expect(images.count == 3 * level.resolution * level.resolution * known.channels)
        let again = try SampleImages.make(level.of(expected), engine.networks.average, seeds: seeds)
        #expect(images == again)
        #expect(Set(images).count > 3)
        if level.isFading {
            let grown = try SampleImages.make(
                GrowthLevel(resolution: level.resolution).of(expected), engine.networks.average, seeds: seeds)
            #expect(images != grown)
        }
    }

    @Test func networksMoveToAnotherRunThatGrows() throws {
        for known in Self.cases.prefix(3) {
            let source = try engine(known, steps: 8).checkpoint(datasetID: "set", ranks: 1)
            let target = try engine(Case(channels: known.channels, overrides: known.overrides + ["seed=9"]), steps: 0)
            #expect(
                try target.transfer(source, path: "a.h5") == [
                    "a.h5 was still growing, at 16² fading in, 60% of 16²: not all of its layers are trained"
                ])
            #expect(target.step == 0 && target.imagesShown == 0 && target.state.counters.level == nil)
            let found = target.checkpoint(datasetID: "set", ranks: 1)
            #expect(found.attribute("level_resolution") == nil)
            for array in found.arrays
            where ["generator/", "discriminator/", "ema/"].contains(where: array.path.hasPrefix) {
                #expect(array.values == source.array(array.path)?.values, "\(array.path)")
            }
            for array in found.arrays where array.path.hasPrefix("optimizer/") {
                #expect(array.values.allSatisfy { $0 == 0 }, "\(array.path)")
            }
            let first = Coordinator(target.configuration, Small.schedule(target.configuration)).plan(
                target.state.counters, isFirst: true, stopSignal: nil)
            #expect(first.setting.level == GrowthLevel(resolution: 4) && first.setting.resetsMoments)
        }
    }

    /// What was still growing is whole once growth is switched off: nothing of the level stays.
    @Test func goesOnWithoutGrowth() throws {
        let progressive = Small.growing + Small.progressive
        for steps in [1, 4, 8] {
            let contents = try engine(Case(overrides: progressive), steps: steps)
                .checkpoint(datasetID: "set", ranks: 1)
            let engine = try Small.engine(progressive + ["growing.enabled=false", "growing.final=auto"])
            try engine.resume(contents, path: "a.h5", datasetID: "set")
            #expect(engine.level == GrowthLevel(resolution: 16) && engine.state.counters.growth == nil)
            #expect(engine.probe() == nil)
            try Small.run(engine, steps: 1)
            let names = Set(engine.checkpoint(datasetID: "set", ranks: 1).attributes.map(\.0))
            #expect(names.isDisjoint(with: ["level_resolution", "level_fade", "growth"]))
        }
    }

    @Test func aLevelThatTheRunHasNotIsRefused() throws {
        let contents = try engine(Case(overrides: Small.growing + Small.progressive), steps: 2)
            .checkpoint(datasetID: "set", ranks: 1)
        let engine = try Small.engine(Small.growing + Small.progressive + ["growing.start=8", "growing.minibatch="])
        let error = thrown(StateError.self) {
            try engine.resume(contents, path: "a.h5", datasetID: "set")
        }
        #expect(
            error?.reason.contains("level_resolution is 4, but this run trains at 8, 16") == true, "\(error as Any)")
        #expect(engine.step == 0)
    }

    /// Networks that never grew lack what reads the images of lower resolutions.
    @Test func betweenRunsThatGrowAndThoseThatDoNot() throws {
        let grown = try engine(Self.cases[0], steps: 3).checkpoint(datasetID: "set", ranks: 1)
        #expect(
            try Small.engine().transfer(grown, path: "a.h5") == [
                "a.h5 has discriminator/b8.fromrgb.weight and 3 more, which this run's networks do not have: they start"
                    + " without",
                "a.h5 was still growing, at 4² of 16²: not all of its layers are trained",
            ])
        let plain = try Small.engine().checkpoint(datasetID: "set", ranks: 1)
        let target = try engine(Self.cases[0], steps: 0)
        let missing = [8, 4].flatMap { r in ["weight", "bias"].map { "discriminator/b\(r).fromrgb.\($0)" } }
        #expect(
            try target.transfer(plain, path: "a.h5")
                == missing.map { "a.h5 has no \($0): it keeps its initial values" })
        #expect(try target.networks.g.values.array == Small.engine().networks.g.values.array)
    }

    private func changed(_ contents: CheckpointContents, _ name: String, _ value: AttributeValue?) -> CheckpointContents
    {
        var contents = contents
        contents.attributes.removeAll { $0.0 == name }
        if let value { contents.attributes.append((name, value)) }
        return contents
    }

    /// Each is refused by name, and changes nothing.
    @Test(
        arguments: [
            ("growth", .string("{\"transitions\":[8"), "the attribute growth is {\"transitions\":[8"),
            ("growth", .string("[]"), "the attribute growth is []"), ("growth", nil, "the attribute growth is missing"),
            ("level_resolution", .int(32), "level_resolution is 32"),
            ("level_resolution", .int(6), "level_resolution is 6"),
            ("level_resolution", .int(0), "level_resolution is 0"),
            ("level_fade", .float(1.5), "level_fade is 1.5"), ("level_fade", .float(-0.5), "level_fade is -0.5"),
            ("level_fade", .float(.nan), "level_fade is nan"), ("level_fade", nil, "level_fade is missing"),
        ] as [(String, AttributeValue?, String)])
    func damagedGrowthIsNamed(_ name: String, _ value: AttributeValue?, _ text: String) throws {
        for known in Self.cases.prefix(2) {
            let good = try engine(known, steps: 4).checkpoint(datasetID: "set", ranks: 1)
            let damaged = changed(good, name, value)
            let target = try engine(known, steps: 0)
            let before = EngineState(target)
            #expect {
                try target.resume(damaged, path: "old.h5", datasetID: "set")
            } throws: { error in
                error is StateError && "\(error)".hasPrefix("old.h5: ") && "\(error)".contains(text)
            }
            #expect(EngineState(target).differences(from: before) == [])
            // What a generator file does not read it does not judge.
            guard name != "growth" else { continue }
            #expect {
                _ = try file(damaged)
            } throws: { error in
                error is StateError && "\(error)".contains(text)
            }
        }
    }

    @Test(
        arguments: [
            #"{"plateau":{"resolution":4,"sinceBest":0,"skipped":0,"windowImages":0,"windowSum":0},"transitions":[NUMBER]}"#,
            #"{"plateau":{"resolution":4,"sinceBest":NUMBER,"skipped":0,"windowImages":0,"windowSum":0},"transitions":[]}"#,
            #"{"plateau":{"resolution":4,"sinceBest":0,"skipped":NUMBER,"windowImages":0,"windowSum":0},"transitions":[]}"#,
            #"{"plateau":{"resolution":4,"sinceBest":0,"skipped":0,"windowImages":NUMBER,"windowSum":0},"transitions":[]}"#,
            #"{"plateau":{"resolution":NUMBER,"sinceBest":0,"skipped":0,"windowImages":0,"windowSum":0},"transitions":[]}"#,
        ], [Int.max, .min, -1])
    func countsThatNoRunReachesAreNamed(growth: String, number: Int) throws {
        let engine = try engine(Self.cases[0], steps: 1)
        var contents = engine.checkpoint(datasetID: "set", ranks: 1)
        contents.attributes.removeAll { $0.0 == "growth" }
        contents.attributes.append(("growth", .string(growth.replacingOccurrences(of: "NUMBER", with: "\(number)"))))
        let error = try #require(
            thrown(CheckpointError.self) { try engine.resume(contents, path: "old.h5", datasetID: "set") })
        #expect(error.exitCode == 65 && "\(error)".contains("old.h5: the attribute growth is "))
        #expect("\(error)".contains("\(number)"))
    }
}
