import Configuration
import Foundation
import Recipes
import State
import SmallRuns
import Testing
import Training

@Suite struct StepPlanTests {
    /// Walks a run from its first step to its end.
    private func plans(_ overrides: [String]) throws -> [StepPlan] {
        let configuration = try Small.configuration(overrides)
        let coordinator = Coordinator(configuration, Small.schedule(configuration))
        var plans: [StepPlan] = []
        while plans.last?.ending == nil {
            let shown = plans.count * configuration.batch
            plans.append(
                coordinator.plan(
                    TrainingCounters(step: plans.count, imagesShown: shown), isFirst: plans.isEmpty, stopSignal: nil))
        }
        return plans
    }

    /// Images shown after the steps that do something.
    private func images(_ plans: [StepPlan], where does: (StepPlan) -> Bool) -> [Int] {
        plans.filter { $0.ending == nil && does($0) }.map { $0.imagesShown + $0.setting.stage.batch }
    }

    @Test func stepsCoverAllImages() throws {
        // 1000 images are 125 steps of 8.
        let plans = try plans(["kimg=1"])
        #expect(plans.count == 126)
        #expect(plans.last?.ending == .finished)
        #expect(plans.map(\.step) == Array(0...125))
        #expect(plans.allSatisfy { $0.setting.stage.batch == 8 })
        #expect(
            plans.allSatisfy { $0.setting == StepSetting(stage: $0.setting.stage) && $0.setting.stage.resolution == 16 }
        )
    }

    @Test(arguments: [(0.5, 63), (0.001, 1), (0.0084, 2), (0.008, 1)])
    func lastStepGoesBeyondWhereTheBatchDoesNotDivide(kimg: Double, steps: Int) throws {
        let plans = try plans(["kimg=\(kimg)"])
        #expect(plans.count == steps + 1)
        let last = try #require(plans.dropLast().last)
        #expect(last.savesCheckpoint && last.savesSheet && last.reportsTick)
    }

    @Test func eachIntervalIsCrossedOnce() throws {
        let plans = try plans(["kimg=2.5", "checkpoint.every_kimg=0.5", "snapshot.every_kimg=1", "batch=24"])
        // The first multiple of 24 at or beyond each multiple of the interval, and the end.
        #expect(images(plans, where: \.savesCheckpoint) == [504, 1008, 1512, 2016, 2520])
        #expect(images(plans, where: \.savesSheet) == [1008, 2016, 2520])
        #expect(images(plans, where: \.reportsTick) == [1008, 2016, 2520])
    }

    @Test func metricsHaveAnIntervalOfTheirOwn() throws {
        let sheets = ["kimg=0.1", "snapshot.every_kimg=0.04", "metrics.names=msssim"]
        #expect(images(try plans(["kimg=0.1", "snapshot.every_kimg=0.04"]), where: \.measures) == [])
        #expect(images(try plans(sheets), where: \.measures) == [40, 80, 104])
        let own = try plans(sheets + ["metrics.every_kimg=0.016"])
        #expect(images(own, where: \.measures) == [16, 32, 48, 64, 80, 96, 104])
        #expect(images(own, where: \.savesSheet) == [40, 80, 104])
    }

    /// The end of a run is measured, but what it decides must not depend on where it was once to end.
    @Test func patienceCountsFromTheBest() throws {
        let configuration = try Small.configuration([
            "kimg=0.1", "metrics.names=swd", "metrics.best=swd", "metrics.patience_kimg=0.04",
            "metrics.every_kimg=0.016",
        ])
        let coordinator = Coordinator(configuration, Small.schedule(configuration))
        func plan(_ shown: Int, best: BestScore?) -> StepPlan {
            var counters = TrainingCounters(step: shown / 8, imagesShown: shown)
            counters.best = best
            return coordinator.plan(counters, isFirst: true, stopSignal: nil)
        }
        let best = BestScore(key: "swd", value: 20, measure: "", imagesShown: 16)
        #expect(plan(48, best: best).ending == nil)
        #expect(plan(56, best: best).ending == .noBetter(best))
        #expect(plan(56, best: nil).ending == nil)
        // Of a metric that is chosen no longer.
        #expect(plan(56, best: BestScore(key: "fid", value: 20, measure: "", imagesShown: 16)).ending == nil)
        #expect(plan(104, best: best).ending == .finished)
        #expect(coordinator.isMeasured(plan(88, best: nil)))
        #expect(!coordinator.isMeasured(plan(96, best: nil)))
    }

    @Test func fractionalIntervals() throws {
        let plans = try plans(["kimg=0.1", "checkpoint.every_kimg=0.0305"])
        // Every 31 images: rounded up, so never more often than asked.
        #expect(images(plans, where: \.savesCheckpoint) == [32, 64, 96, 104])
    }

    @Test func intervalBelowTheBatchMeansEveryStep() throws {
        let plans = try plans(["kimg=0.08", "checkpoint.every_kimg=0.002"])
        #expect(images(plans, where: \.savesCheckpoint) == Array(stride(from: 8, through: 80, by: 8)))
    }

    @Test func intervalBeyondTheRunSavesOnlyTheEnd() throws {
        let plans = try plans(["kimg=0.1", "checkpoint.every_kimg=1000", "snapshot.every_kimg=1000"])
        #expect(images(plans, where: \.savesCheckpoint) == [104])
        #expect(images(plans, where: \.savesSheet) == [104])
    }

    @Test func minutesAreOneReasonMore() throws {
        func saves(_ overrides: [String], shown: Int, seconds: Double) throws -> Bool {
            let coordinator = Coordinator(
                try Small.configuration(["kimg=1", "checkpoint.every_kimg=0.1"] + overrides),
                Small.schedule(try Small.configuration(["kimg=1", "checkpoint.every_kimg=0.1"] + overrides)))
            let state = TrainingCounters(step: shown / 8, imagesShown: shown)
            return coordinator.plan(state, isFirst: false, stopSignal: nil, secondsSinceCheckpoint: seconds)
                .savesCheckpoint
        }
        let timed = ["checkpoint.every_minutes=1.5"]
        #expect(try saves(timed, shown: 8, seconds: 89) == false)
        #expect(try saves(timed, shown: 8, seconds: 90))
        #expect(try saves(timed, shown: 96, seconds: 1), "every_kimg counts on")
        #expect(try saves([], shown: 8, seconds: 1e9) == false)
    }

    @Test func signalsStopUnlessAllIsDone() throws {
        let coordinator = Coordinator(
            try Small.configuration(["kimg=1"]), Small.schedule(try Small.configuration(["kimg=1"])))
        func ending(_ shown: Int, _ signal: Int32?) -> StepPlan.Ending? {
            coordinator.plan(
                TrainingCounters(step: shown / 8, imagesShown: shown), isFirst: false, stopSignal: signal
            ).ending
        }
        #expect(ending(0, 10) == .stopped(signal: 10))
        #expect(ending(992, nil) == nil)
        #expect(ending(992, 15) == .stopped(signal: 15))
        #expect(ending(1000, 15) == .finished)
        #expect(ending(1008, nil) == .finished)
    }

    @Test func replicasAreComparedAfterEverySoManySteps() throws {
        let some = try plans(["kimg=0.1", "cluster.replica_check_steps=5"])
        #expect(some.filter(\.checksReplicas).map(\.step) == [5, 10])
        let none = try plans(["kimg=0.1", "cluster.replica_check_steps=0"])
        #expect(none.allSatisfy { !$0.checksReplicas })
    }

    /// Every step's images are asked for once, three steps ahead.
    @Test func imagesAreReadAhead() throws {
        let plans = try plans(["kimg=0.1"])
        #expect(plans.flatMap(\.reads).map(\.imagesShown) == Array(stride(from: 0, through: 104 + 3 * 8, by: 8)))
        #expect(plans[0].reads.count == 4 && plans.dropFirst().allSatisfy { $0.reads.count == 1 })
    }

    @Test(arguments: [nil, StepPlan.Ending.finished, .stopped(signal: 12)])
    func survivesTheWire(_ ending: StepPlan.Ending?) throws {
        var plan = Coordinator(try Small.configuration(), Small.schedule(try Small.configuration()))
            .plan(TrainingCounters(step: 6, imagesShown: 48), isFirst: false, stopSignal: nil)
        plan.ending = ending
        plan.setting.fade = 0.3
        #expect(try JSONDecoder().decode(StepPlan.self, from: try JSONEncoder().encode(plan)) == plan)
    }
}
