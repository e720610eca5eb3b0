import Cluster
import Configuration
import Foundation
import GoldenTesting
import Recipes
import SmallRuns
import State
import Testing
import Training

/// Steps whose rates, weights and averages go from one value to another.
@Suite struct ScheduledRunsTests {
    // MARK: The published schedules

    private static let files = GoldenFile.all(prefix: "r3gan_")

    /// As the authors' presets state it.
    private struct Published: Decodable {
        struct Way: Decodable {
            let base: Double
            let final: Double
            let images: Double

            enum CodingKeys: String, CodingKey {
                case base = "base_value"
                case final = "final_value"
                case images = "total_nimg"
            }
        }
        let lr: Way
        let beta2: Way
        let gamma: Way
        let ema: Way
        let aug: Way

        var overrides: [String] {
            [
                "loss.kind=relativistic", "optimizer.g_lr=\(lr.base)", "optimizer.d_lr=\(lr.base)",
                "optimizer.beta2=\(beta2.base)", "loss.r1_gamma=\(gamma.base)",
                "ema.half_life_kimg=\(ema.base / 1000)", "ema.ramp=none", "augment.mode=fixed",
                "augment.pipeline=r3gan", "augment.p=\(aug.base)", "schedule.kimg=\(lr.images / 1000)",
                "schedule.g_lr=\(lr.final)", "schedule.d_lr=\(lr.final)", "schedule.beta2=\(beta2.final)",
                "schedule.r1_gamma=\(gamma.final)", "schedule.ema_half_life_kimg=\(ema.final / 1000)",
                "schedule.augment_p=\(aug.final)",
            ]
        }
    }

    @Test(arguments: files) func asTheAuthors(_ file: GoldenFile) throws {
        let golden = try file.open()
        let text = try golden.text("presets")
        let start = try #require(text.range(of: "The presets in JSON: ")).upperBound
        let presets = try JSONDecoder().decode([String: Published].self, from: Data(text[start...].utf8))
        #expect(presets.count == 5)
        for (name, published) in presets {
            #expect(
                [published.beta2, published.gamma, published.ema, published.aug].allSatisfy {
                    $0.images == published.lr.images
                })
            let configuration = try Small.configuration(published.overrides)
            let values = try golden.values("schedule/\(name)")
            #expect(values.count == 60)
            for row in stride(from: 0, to: values.count, by: 6) {
                let images = Int(values[row])
                let stage = configuration.scheduled(configuration.grown.stage, imagesShown: images)
                #expect(stage.dLR == stage.gLR && stage.r2Gamma == stage.r1Gamma)
                let found = [stage.gLR, stage.beta2, stage.r1Gamma, stage.emaHalfLifeKimg * 1000, stage.augmentP]
                for (k, value) in found.enumerated() {
                    let expected = Double(values[row + 1 + k])
                    #expect(abs(value - expected) <= 1e-6 * abs(expected), "\(name), \(images) images, column \(k)")
                }
            }
        }
    }

    // MARK: In a run

    private static let pairs = ["loss.kind=relativistic", "loss.r1_interval=1", "loss.r1_gamma=0.2"]
    private static let start = ["augment.mode=fixed", "augment.p=0.7", "augment.pipeline=r3gan", "ema.ramp=none"]
    /// What `ends` goes to, at once.
    private static let there = [
        "optimizer.g_lr=0.001", "optimizer.d_lr=0.002", "optimizer.beta2=0.9", "loss.r1_gamma=0.5",
        "loss.r2_gamma=0.25", "ema.half_life_kimg=0.05", "augment.p=0.3",
    ]
    private static let ends = [
        "schedule.g_lr=0.001", "schedule.d_lr=0.002", "schedule.beta2=0.9", "schedule.r1_gamma=0.5",
        "schedule.r2_gamma=0.25", "schedule.ema_half_life_kimg=0.05", "schedule.augment_p=0.3",
    ]

    static let families: [[String]] = [
        ["loss.r2_gamma=0.1"], pairs, pairs + ["loss.r1_interval=3", "loss.d_steps=2"],
        Small.progressive + ["loss.kind=hinge", "loss.r1_gamma=0.1", "loss.r2_gamma=0.1"],
        Small.selfAttention + pairs + ["data.labels=true"],
    ]

    /// A schedule of one image: the first step has the values where it starts, all others those where it ends, as a run that
    /// goes on with those.
    @Test(arguments: families) func aStepHasTheValuesOfItsImages(_ family: [String]) throws {
        let overrides = family + Self.start
        let scheduled = try Small.engine(overrides + Self.ends + ["schedule.kimg=0.001"])
        let first = try Small.engine(overrides)
        try Small.run(scheduled, steps: 1)
        try Small.run(first, steps: 1)
        #expect(EngineState(scheduled).differences(from: EngineState(first)) == ["config"])
        let second = try Small.engine(overrides + Self.there)
        try second.state.load(first.checkpoint(datasetID: "set", ranks: 1), path: "checkpoint")
        try Small.run(scheduled, steps: 4)
        try Small.run(second, steps: 4)
        #expect(EngineState(scheduled).differences(from: EngineState(second)) == ["config"])
        #expect(EngineState(scheduled).isFinite)
        // Each of them matters.
        for (k, end) in Self.ends.enumerated() {
            var others = Self.ends
            others.remove(at: k)
            let without = try Small.engine(overrides + others + ["schedule.kimg=0.001"])
            try Small.run(without, steps: 5)
            #expect(EngineState(without).differences(from: EngineState(scheduled)).count > 1, "\(end)")
        }
    }

    private static let long = ["schedule.kimg=0.06"]
    static let ways: [[String]] = [long, long + pairs + ["loss.d_steps=2"]]

    /// With another value at each step, on any number of ranks, stopped in between.
    @Test(arguments: ways) func sameBitsOnAnyNumberOfRanks(_ family: [String]) throws {
        let overrides = family + Self.start + Self.ends
        let alone = try Small.engine(overrides)
        try Small.run(alone, steps: 6)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        for size in [2, 4] {
            let states = try LoopbackGroup(size: size).run { member in
                let first = try Small.engine(overrides, communicator: member)
                try Small.runAhead(first, steps: 2)
                let second = try Small.engine(overrides, communicator: member)
                try second.state.load(first.checkpoint(datasetID: "set", ranks: 1), path: "checkpoint")
                try Small.runAhead(second, steps: 4)
                return EngineState(second)
            }
            for state in states { #expect(state.differences(from: expected) == [], "\(size) ranks") }
        }
    }

    /// A network that grows has the schedule within each stage's own values.
    @Test func stagesThatGrowGoTheSameWay() throws {
        let overrides =
            Small.growing + ["growing.learning_rate=", "kimg=0.136", "schedule.g_lr=0", "schedule.r1_gamma=0"]
        let engine = try Small.engine(overrides)
        let configuration = engine.configuration
        #expect(configuration.schedule.kimg == 0.136 && configuration.stages.count == 3)
        for stage in configuration.stages {
            let half = configuration.scheduled(stage, imagesShown: 68)
            #expect(abs(half.gLR - stage.gLR / 2) < 1e-15 && abs(half.r1Gamma - stage.r1Gamma / 2) < 1e-15)
            #expect(half.dLR == stage.dLR && half.batch == stage.batch && stage.r1Gamma > 0)
        }
        let setting = StepSetting(stage: configuration.stages[1], fade: 0.5)
        let report = try engine.run(
            phases: engine.schedule.phases(ofStep: 0), at: setting, real: Small.reals(engine, at: setting))
        #expect(report.statistics.allSatisfy { $0.value.isFinite })
    }
}
