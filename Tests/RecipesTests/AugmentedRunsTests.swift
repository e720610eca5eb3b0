import Cluster
import Configuration
import Recipes
import SmallRuns
import State
import Testing
import Training

/// Steps whose discriminator sees images through an augmentation, or is held by LeCam: through the engine, in every family.
@Suite struct AugmentedRunsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let overrides: [String]
        var testDescription: String { name }
    }

    /// Fast enough to move within a few steps; starts in the middle of its range.
    private static let ada = [
        "augment.mode=ada", "augment.p=0.5", "augment.speed_kimg=0.5", "augment.pipeline=bgcfnc", "augment.target=0.3",
    ]
    private static let policies = ["augment.diffaugment=color,translation,cutout"]
    private static let lecam = ["loss.lecam_weight=0.3"]

    static let cases = [
        Case(name: "ada", overrides: ada),
        Case(name: "fixed", overrides: ["augment.mode=fixed", "augment.p=0.7"]),
        Case(name: "DiffAugment", overrides: policies),
        Case(name: "LeCam", overrides: lecam),
        Case(name: "DiffAugment and LeCam, two critic steps", overrides: policies + lecam + ["loss.d_steps=2"]),
        Case(name: "ada, hinge, by class", overrides: ada + ["loss.kind=hinge", "data.labels=true"]),
        Case(name: "ada, progressive", overrides: Small.progressive + ada),
        Case(
            name: "LeCam as with BigGAN, progressive by class",
            overrides: Small.progressive + lecam + [
                "loss.lecam_debias=false", "loss.lecam_start=1", "data.labels=true", "ggdr.enabled=false",
            ]),
        Case(
            name: "DiffAugment, self-attention with GGDR",
            overrides: Small.selfAttention + policies + ["ggdr.enabled=true"]),
        Case(name: "ada and LeCam, self-attention", overrides: Small.selfAttention + ada + lecam),
    ]

    private static func value(_ engine: StepEngine, _ name: String) throws -> Float {
        try #require(engine.state.others.first { $0.name == name }).scalar
    }

    /// Three adjustments of p, by equal steps: it cannot be where it was.
    private static let steps = 13

    @Test(arguments: cases) func sameBitsOnAnyNumberOfRanks(_ known: Case) throws {
        let alone = try Small.engine(known.overrides)
        try Small.run(alone, steps: Self.steps)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        if known.overrides.contains("augment.mode=ada") {
            #expect(try Self.value(alone, "state/augment_p") != 0.5)
        }
        if known.overrides.contains("loss.lecam_weight=0.3") {
            #expect(try Self.value(alone, "state/lecam_fake") != 0)
        }
        // It is no step without it.
        let plain = try Small.engine(
            known.overrides.filter { !$0.hasPrefix("augment.") && !$0.hasPrefix("loss.lecam") })
        try Small.run(plain, steps: 3)
        let once = try Small.engine(known.overrides.map { $0 == "loss.lecam_start=1" ? "loss.lecam_start=0" : $0 })
        try Small.run(once, steps: 3)
        let isLate = known.overrides.contains("loss.lecam_debias=false")
        #expect(
            isLate
                || EngineState(once).differences(from: EngineState(plain)).contains { $0.hasPrefix("discriminator/") })
        for size in [2, 4] {
            let states = try LoopbackGroup(size: size).run { member in
                let engine = try Small.engine(known.overrides, communicator: member)
                try Small.runAhead(engine, steps: Self.steps)
                return EngineState(engine)
            }
            for state in states { #expect(state.differences(from: expected) == [], "\(size) ranks") }
        }
    }

    /// Stopped in the middle of the phases from one adjustment of p to the next, and gone on with on other ranks.
    @Test(arguments: cases) func sameBitsAcrossAResume(_ known: Case) throws {
        let whole = try Small.engine(known.overrides)
        try Small.run(whole, steps: Self.steps)
        let states = try LoopbackGroup(size: 2).run { member in
            let first = try Small.engine(known.overrides, communicator: member)
            try Small.runAhead(first, steps: 5)
            let second = try Small.engine(known.overrides, communicator: member)
            try second.state.load(first.checkpoint(datasetID: "set", ranks: 1), path: "checkpoint")
            try Small.runAhead(second, steps: Self.steps - 5)
            return EngineState(second)
        }
        for state in states { #expect(state.differences(from: EngineState(whole)) == []) }
    }

    /// Growing networks see images through it at every level.
    @Test(arguments: [ada, policies, lecam]) func growing(_ overrides: [String]) throws {
        for family in [[], Small.progressive] {
            let engine = try Small.engine(Small.growing + family + overrides)
            for stage in engine.configuration.stages {
                for fade in [0, 0.5] as [Float] where fade == 0 || stage.resolution > 4 {
                    let setting = StepSetting(stage: stage, fade: fade)
                    let report = try engine.run(
                        phases: engine.schedule.phases(ofStep: 0), at: setting,
                        real: Small.reals(engine, at: setting))
                    #expect(report.statistics.allSatisfy { $0.value.isFinite }, "\(stage.resolution)")
                }
            }
            #expect(EngineState(engine).isFinite)
        }
    }

    /// State is there where it is needed, and nowhere else.
    @Test func stateIsThereWhereItIsNeeded() throws {
        func names(_ overrides: [String]) throws -> Set<String> {
            EngineState(try Small.engine(overrides)).names.filter { $0.hasPrefix("state/") }
        }
        let plain: Set = ["state/pl_mean"]
        #expect(try names([]) == plain)
        #expect(try names(Self.policies) == plain && names(["augment.mode=fixed", "augment.p=0.1"]) == plain)
        #expect(
            try names(Self.ada)
                == plain.union(["p", "sign", "phases", "images", "signs"].map { "state/augment_\($0)" }))
        #expect(try names(Self.lecam) == plain.union(["real", "fake", "phases"].map { "state/lecam_\($0)" }))
        let numbers = try Small.engine(Self.ada + Self.lecam).recipe.trackedNumbers.map(\.name)
        #expect(numbers == ["path_length_mean", "augment/p", "augment/sign", "lecam/real", "lecam/fake"])
    }

    /// p follows the signs of the scores of every four main phases.
    @Test func pFollowsTheScores() throws {
        let engine = try Small.engine(Self.ada)
        var (signs, before) = ([Double](), Float(0.5))
        for step in 0..<12 {
            let report = try engine.run(
                phases: engine.schedule.phases(ofStep: engine.step), real: Small.reals(engine))
            signs.append(try #require(report.statistic("score/real_sign")))
            let p = try Self.value(engine, "state/augment_p")
            guard step % 4 == 3 else {
                #expect(p == before)
                continue
            }
            let mean = signs.reduce(0, +) / 4
            // 32 images of 500 that p goes from 0 to 1 in.
            let expected = before + Float(mean > 0.3 ? 0.064 : mean < 0.3 ? -0.064 : 0)
            #expect(p != before && abs(p - expected) < 1e-6, "\(p), expected \(expected)")
            #expect(abs(try Self.value(engine, "state/augment_sign") - Float(mean)) < 1e-6)
            (signs, before) = ([], p)
        }
    }

    /// What LeCam's main phase computes beside its term has the bits of the phase without it.
    @Test(arguments: [[], Small.progressive, Small.selfAttention])
    func togetherIsAsOneByOne(_ family: [String]) throws {
        let (plain, late) = (
            try Small.engine(family), try Small.engine(family + Self.lecam + ["loss.lecam_start=1000"])
        )
        try Small.run(plain, steps: 4)
        try Small.run(late, steps: 4)
        let differing = EngineState(late).differences(from: EngineState(plain))
        #expect(Set(differing) == ["config", "state/lecam_fake", "state/lecam_phases", "state/lecam_real"])
    }
}
