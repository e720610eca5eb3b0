import Autodiff
import Cluster
import Configuration
import Recipes
import SmallRuns
import State
import Testing
import Training

/// Steps with the loss of pairs, through the engine, in every family that has it.
@Suite struct JudgedPairsRunsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let overrides: [String]
        var testDescription: String { name }
    }

    private static let lazily = ["loss.kind=relativistic", "loss.r1_gamma=0.1"]
    private static let always = lazily + ["loss.r1_interval=1"]

    static let cases = [
        Case(name: "lazily", overrides: lazily),
        Case(name: "in the main phase, by class", overrides: always + ["data.labels=true"]),
        Case(
            name: "two critic steps, DiffAugment, LeCam",
            overrides: always + [
                "loss.d_steps=2", "augment.diffaugment=color,translation,cutout", "loss.lecam_weight=0.3",
            ]),
        Case(
            name: "fixed augmentation",
            overrides: always + ["augment.mode=fixed", "augment.p=0.6", "augment.pipeline=r3gan"]),
        Case(
            name: "progressive, auxiliary classifier",
            overrides: Small.progressive + lazily + ["data.labels=true", "ggdr.enabled=false"]),
        Case(name: "progressive", overrides: Small.progressive + always),
        Case(name: "self-attention by class, GGDR", overrides: Small.selfAttention + always + ["ggdr.enabled=true"]),
        Case(name: "self-attention, lazily", overrides: Small.selfAttention + lazily + ["data.labels=false"]),
        Case(name: "R2 with the logistic loss", overrides: ["loss.r2_gamma=0.1", "data.labels=true"]),
    ]

    /// On two ranks the run is stopped in between.
    @Test(arguments: cases) func sameBitsOnAnyNumberOfRanks(_ known: Case) throws {
        let alone = try Small.engine(known.overrides)
        let start = EngineState(alone)
        try Small.run(alone, steps: 5)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        let moved = expected.differences(from: start)
        #expect(moved.contains { $0.hasPrefix("generator/") } && moved.contains { $0.hasPrefix("discriminator/") })
        let resumed = try LoopbackGroup(size: 2).run { member in
            let first = try Small.engine(known.overrides, communicator: member)
            try Small.runAhead(first, steps: 2)
            let second = try Small.engine(known.overrides, communicator: member)
            try second.state.load(first.checkpoint(datasetID: "set", ranks: 1), path: "checkpoint")
            try Small.runAhead(second, steps: 3)
            return EngineState(second)
        }
        let four = try LoopbackGroup(size: 4).run { member in
            let engine = try Small.engine(known.overrides, communicator: member)
            try Small.runAhead(engine, steps: 5)
            return EngineState(engine)
        }
        for state in resumed + four { #expect(state.differences(from: expected) == []) }
    }

    /// Second orders through blocks that are computed again.
    @Test(arguments: [[], Small.progressive]) func sameBitsWithLessMemory(_ family: [String]) throws {
        let overrides = family + Self.always
        let (full, spare) = (try Small.engine(overrides), try Small.engine(overrides + ["memory=checkpointing"]))
        try Small.run(full, steps: 2)
        try Small.run(spare, steps: 2)
        #expect(EngineState(spare).differences(from: EngineState(full)).allSatisfy { $0 == "config" })
    }

    /// Networks that grow judge pairs at every level.
    @Test func growing() throws {
        for family in [[], Small.progressive] {
            let engine = try Small.engine(Small.growing + family + Self.always)
            for stage in engine.configuration.stages {
                for fade in [0, 0.5] as [Float] where fade == 0 || stage.resolution > 4 {
                    let setting = StepSetting(stage: stage, fade: fade)
                    let report = try engine.run(
                        phases: engine.schedule.phases(ofStep: 0), at: setting,
                        real: Small.reals(engine, at: setting))
                    #expect(report.statistics.allSatisfy { $0.value.isFinite }, "\(stage.resolution)")
                    #expect(report.statistic("loss/discriminator") != nil)
                }
            }
            #expect(EngineState(engine).isFinite)
        }
    }

    /// A step shows the batches that its discriminator learns from; the generator's is the first that the next step shows.
    @Test(arguments: [1, 2]) func theGeneratorSeesTheNextStepsBatch(steps: Int) throws {
        let engine = try Small.engine(Self.always + ["loss.d_steps=\(steps)"])
        #expect(engine.schedule.realBatches == steps + 1 && engine.schedule.shownBatches == steps)
        let stage = engine.configuration.grown.stage
        #expect(
            engine.positions(of: ReadRequest(imagesShown: 16, stage: stage)) == Array(16..<16 + 8 * (steps + 1)))
        try Small.run(engine, steps: 3)
        #expect(engine.imagesShown == 24 * steps)
        let plain = try Small.engine(["loss.d_steps=\(steps)"])
        #expect(plain.schedule.realBatches == steps && plain.schedule.shownBatches == steps)
    }

    @Test func eachSeesItsOwnReals() throws {
        let (plain, early, late) = (
            try Small.engine(Self.always), try Small.engine(Self.always), try Small.engine(Self.always)
        )
        func report(_ engine: StepEngine, halving range: Range<Int>) throws -> StepReport {
            var real = Small.reals(engine)
            for k in range { real.images[k] = real.images[k] * 0.5 }
            return try engine.run(phases: [.discriminatorMain, .generatorMain], real: real)
        }
        let count = Small.reals(plain).images.count
        let expected = try report(plain, halving: 0..<0)
        // Of the first batch the discriminator's phase, of the second the generator's.
        let first = try report(early, halving: 0..<count / 2)
        let second = try report(late, halving: count / 2..<count)
        #expect(first.measurements[.discriminatorMain]?.named != expected.measurements[.discriminatorMain]?.named)
        #expect(second.measurements[.discriminatorMain]?.named == expected.measurements[.discriminatorMain]?.named)
        #expect(second.measurements[.generatorMain]?.named != expected.measurements[.generatorMain]?.named)
    }

    /// Each network alone gets better at telling its side of a pair.
    @Test(arguments: [PhaseKey.generatorMain, .discriminatorMain]) func eachLearnsAgainstTheOther(_ key: PhaseKey)
        throws
    {
        let engine = try Small.engine(["loss.kind=relativistic", "loss.r1_gamma=0", "ggdr.enabled=false"])
        let name = key == .generatorMain ? "loss/generator" : "loss/discriminator"
        var losses: [Double] = []
        for _ in 0..<40 {
            let report = try engine.run(phases: [key], real: Small.reals(engine))
            losses.append(try #require(report.statistic(name)))
        }
        let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
        #expect(last < 0.9 * first, "\(first / 5), \(last / 5)")
    }

    /// What ends a run that gives no numbers looks at images alone, where scores need real ones.
    @Test(arguments: cases.prefix(2)) func networksAreProbed(_ known: Case) throws {
        let engine = try Small.engine(known.overrides)
        try Small.run(engine, steps: 1)
        #expect(engine.probe() == nil)
    }
}
