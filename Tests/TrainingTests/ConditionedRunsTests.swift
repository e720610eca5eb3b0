import Autodiff
import Cluster
import Configuration
import Learning
import Models
import Recipes
import SmallRuns
import State
import Storage
import Testing
import Training

/// Runs on rectangles of floats, conditioned on numbers or classes, of which some are left out.
@Suite struct ConditionedRunsTests {
    static let vector = ["data.condition=vector"]

    static let families: [[String]] = [
        vector, vector + ["data.condition_dropout=0.4", "loss.regression_weight=0.5", "loss.d_steps=2"],
        vector + ["model.padding=periodic", "supervision=labels"],
        ["data.condition=class", "data.condition_dropout=0.4", "model.discriminator=orig"],
        Small.progressive + vector, Small.progressive + vector + ["data.condition_dropout=0.4", "ggdr.enabled=false"],
        Small.progressive + ["data.condition=class", "data.condition_dropout=0.4", "ggdr.enabled=false"],
        Small.selfAttention.filter { !$0.hasPrefix("data.labels") } + vector + ["data.condition_dropout=0.2"],
        Small.selfAttention + ["data.condition_dropout=0.4"], Small.r3gan + vector,
        Small.r3gan + ["data.condition=class", "data.condition_dropout=0.4", "ggdr.enabled=false"],
    ]

    @Test(arguments: families) func ranksDoNotMatter(_ family: [String]) throws {
        let start = EngineState(try Small.fieldEngine(family))
        let expected = try Small.fieldStates(ranks: 1, family, steps: 4)[0]
        #expect(expected.isFinite)
        #expect(expected.differences(from: start).count > start.names.count / 2)
        for ranks in [2, 4] {
            for state in try Small.fieldStates(ranks: ranks, family, steps: 4) {
                #expect(state.differences(from: expected) == [], "\(ranks) ranks")
            }
        }
    }

    /// Through two fades, with the reals' conditions left out by their numbers in the batch.
    @Test func ranksDoNotMatterToNetworksThatGrow() throws {
        let family = Small.growing + Self.vector + ["data.condition_dropout=0.4", "ggdr.enabled=false"]
        func state(ranks: Int) throws -> EngineState {
            try LoopbackGroup(size: ranks).run { member in
                let engine = try Small.fieldEngine(family, communicator: member)
                for (step, stage) in engine.configuration.stages.enumerated() {
                    for fade: Float in stage.resolution > 4 ? [0.5, 0] : [0] {
                        let setting = StepSetting(stage: stage, fade: fade)
                        let real = Small.reals(engine, at: setting)
                        let size = engine.configuration.mapSize(at: stage.resolution)
                        #expect(real.images[0].shape == [stage.microbatch, size.height, size.width, 3])
                        _ = try engine.run(phases: engine.schedule.phases(ofStep: step), at: setting, real: real)
                    }
                }
                return EngineState(engine)
            }[0]
        }
        let expected = try state(ranks: 1)
        #expect(expected.isFinite)
        for ranks in [2, 4] { #expect(try state(ranks: ranks).differences(from: expected) == [], "\(ranks) ranks") }
    }

    /// What a checkpoint of one number of ranks holds goes on on another.
    @Test(arguments: [1, 2, 4]) func goesOnOnAnyNumberOfRanks(_ ranks: Int) throws {
        let family = Self.families[1]
        let whole = try Small.fieldEngine(family)
        try Small.run(whole, steps: 2)
        let half = whole.checkpoint(datasetID: "set", ranks: 1)
        try Small.run(whole, steps: 2)
        let expected = EngineState(whole)
        let states = try LoopbackGroup(size: ranks).run { member in
            let engine = try Small.fieldEngine(family, communicator: member)
            try engine.state.load(half, path: "half.h5")
            try Small.run(engine, steps: 2)
            return EngineState(engine)
        }
        for state in states { #expect(state.differences(from: expected) == []) }
    }

    /// Numbers that differ make other networks, and so does their being left out.
    @Test func conditionsCount() throws {
        let plain = try Small.fieldStates(ranks: 1, Self.vector, steps: 2)[0]
        let dropped = try Small.fieldStates(ranks: 1, Self.vector + ["data.condition_dropout=0.4"], steps: 2)[0]
        #expect(dropped.differences(from: plain).contains { $0.hasPrefix("discriminator/") })
        #expect(dropped.names == plain.names)
    }

    /// The head that reads the numbers has parameters, a loss in both networks, and both are reported.
    @Test func regressionIsLearnt() throws {
        let without = try Small.fieldEngine(Small.progressive + Self.vector + ["loss.regression_weight=0"])
        let engine = try Small.fieldEngine(Small.progressive + Self.vector)
        #expect(engine.configuration.regressionWeight == 1)
        #expect(engine.networks.d.values.count > without.networks.d.values.count)
        let phases = engine.schedule.phases(ofStep: 0)
        let report = try engine.run(phases: phases, real: Small.reals(engine))
        let g = try #require(report.measurements[.generatorMain])
        let d = try #require(report.measurements[.discriminatorMain])
        #expect(g[.generatorRegressionLoss] > 0 && d[.discriminatorRegressionLoss] > 0)
        let other = try without.run(phases: phases, real: Small.reals(without))
        #expect(other.measurements[.discriminatorMain]?.named["loss/regression_discriminator"] == nil)
    }

    // MARK: Real samples

    private static func minibatch(_ count: Int = 4) -> Minibatch {
        let fields = Randomizer(seed: 3).normals(.sheet, step: 0, samples: 0..<count, shape: [6, 4, 2]).array
        return Minibatch(
            fields: fields, labels: (0..<count).map { Int32($0 % 3) }, vectors: (0..<2 * count).map { Float($0) },
            count: count, height: 6, width: 4, channels: 2)
    }

    @Test func fieldsBecomeTensorsAsTheyAre() {
        let minibatch = Self.minibatch()
        let batch = RealBatch(minibatch, microbatch: 2, labelDim: 3)
        #expect(batch.images.map(\.shape) == [[2, 6, 4, 2], [2, 6, 4, 2]])
        #expect(batch.images.flatMap(\.array) == minibatch.fields)
        #expect(batch.labels?.flatMap(\.array) == [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
        let faded = RealBatch(minibatch, microbatch: 2, labelDim: 0, fade: 1).images[0].array
        let mean = (minibatch.fields[0] + minibatch.fields[2] + minibatch.fields[8] + minibatch.fields[10]) / 4
        for place in [0, 2, 8, 10] { #expect(abs(faded[place] - mean) < 1e-6) }
    }

    @Test func vectorsBecomeConditions() {
        let batch = RealBatch(
            Self.minibatch(), microbatch: 2, conditions: .vectors((0..<8).map { Float($0) }, components: 2),
            dimension: 3, isGiven: [true, false, true, true])
        #expect(batch.labels?.map(\.array) == [[0, 1, 1, 0, 0, -1], [4, 5, 1, 6, 7, 1]])
    }

    private static func labels(_ engine: StepEngine) -> [Float] {
        Small.reals(engine).labels?.flatMap(\.array) ?? []
    }

    /// Those of a rank are the same as those of the whole batch at its place, step by step.
    @Test func whatIsLeftOutOfRealsIsDealtByNumber() throws {
        let family = Self.vector + ["data.condition_dropout=0.5", "loss.d_steps=2"]
        let alone = Self.labels(try Small.fieldEngine(family))
        // Two batches of eight samples.
        #expect(alone.count == 2 * 8 * 3)
        let given = stride(from: 2, to: alone.count, by: 3).map { alone[$0] }
        #expect(Set(given) == [1, -1])
        #expect(given.prefix(8) != given.suffix(8))
        let parts = try LoopbackGroup(size: 4).run { member in
            Self.labels(try Small.fieldEngine(family, communicator: member))
        }
        let batches = [parts.flatMap { $0.prefix(6) }, parts.flatMap { $0.suffix(6) }].flatMap { $0 }
        #expect(batches == alone)
    }

    @Test func labelMapsOfRectangles() throws {
        let engine = try Small.fieldEngine(["supervision=labels", "ggdr.resolution=8"])
        let maps = try #require(Small.reals(engine).maps)
        #expect(maps[0].tensor.shape == [2, 12, 8, 4])
    }
}
