import Cluster
import Configuration
import Models
import State
import Storage
import SmallRuns
import Testing
import Training

/// Plateaus that end the training of a resolution: what rank 0 decides from losses and distances.
@Suite struct PlateauTriggerTests {
    /// 4², 8², 16² in steps of 8 images. A window is two steps; two windows without an improvement by a tenth are a
    /// plateau. A fade takes 40 images, a resolution at most 400.
    static let plateau = [
        "growing.enabled=true", "growing.trigger=plateau", "growing.plateau_window_kimg=0.016",
        "growing.plateau_patience=2", "growing.plateau_tolerance=0.1", "growing.training_kimg=0.4",
        "growing.transition_kimg=0.04", "kimg=1.2",
    ]
    /// Each step's loss is a value, and one without an improvement is a plateau.
    static let hasty = ["growing.plateau_window_kimg=0.001", "growing.plateau_patience=1"]
    private static let swd = [
        "growing.plateau_signal=swd", "metrics.names=swd", "snapshot.every_kimg=0.016", "growing.plateau_patience=1",
    ]

    /// The loop of a run without its networks: a step's results are observed when the next one has been planned.
    private struct Walk {
        private(set) var growth = GrowthProgress()
        private(set) var plans: [StepPlan] = []
        /// Images shown after each step at which a transition was decided.
        private(set) var decisions: [Int] = []
        private var level: GrowthLevel?
        private var step = 0
        private var images = 0

        init(
            _ overrides: [String], loss: (StepPlan) -> Double = { _ in 1 },
            distance: (StepPlan) -> Double? = { _ in nil }
        ) throws {
            try go(on: overrides, loss: loss, distance: distance)
        }

        /// Goes on, as a run does from its checkpoint.
        mutating func go(
            on overrides: [String], loss: (StepPlan) -> Double = { _ in 1 },
            distance: (StepPlan) -> Double? = { _ in nil }
        ) throws {
            let coordinator = Coordinator(
                try Small.configuration(overrides), Small.schedule(try Small.configuration(overrides)))
            var last: StepPlan?
            while true {
                let state = TrainingCounters(step: step, imagesShown: images, level: level, growth: growth)
                let plan = coordinator.plan(state, isFirst: last == nil, stopSignal: nil)
                if let last {
                    let before = growth.transitions
                    growth = coordinator.observed(last, state, loss: loss(last), distance: distance(last))
                    if growth.transitions != before { decisions.append(images) }
                }
                if plan.ending != nil { return }
                plans.append(plan)
                (step, images) = (step + 1, images + plan.setting.stage.batch)
                level = plan.setting.level
                last = plan
            }
        }

        /// Images shown before the first step at each resolution.
        var starts: [Int: Int] {
            Dictionary(plans.map { ($0.setting.stage.resolution, $0.imagesShown) }) { first, _ in first }
        }
    }

    /// A loss that stays is a plateau after three windows, of 48 images. The images of the next four steps have been
    /// asked for by then: the transition starts at 80, the fade is over at 120; three windows more end at 168.
    @Test func leadToTransitionsAfterTheStepsAskedFor() throws {
        let walk = try Walk(Self.plateau)
        #expect(walk.decisions == [48, 168])
        #expect(walk.growth.transitions == [80, 200])
        #expect(walk.starts == [4: 0, 8: 88, 16: 208])
        #expect(walk.plans.filter(\.endsPhase).map(\.imagesShown) == [72, 112, 192, 232, 1192])
        #expect(walk.plans.filter(\.setting.resetsMoments).map(\.imagesShown) == [0, 88, 120, 208, 240])
    }

    /// Each step's images are asked for once, in order, and at the resolution that it trains.
    @Test(arguments: [[], hasty, ["growing.transition_kimg=0"], hasty + ["growing.transition_kimg=0"]])
    func imagesAreReadAtTheResolutionOfTheirStep(_ more: [String]) throws {
        let plans = try Walk(Self.plateau + more).plans
        let reads = plans.flatMap(\.reads)
        #expect(plans.last?.setting.stage.resolution == 16)
        for (plan, read) in zip(plans, reads) {
            #expect(read == ReadRequest(imagesShown: plan.imagesShown, stage: plan.setting.stage))
        }
    }

    @Test func fadesAndTheLastResolutionDecideNothing() throws {
        let walk = try Walk(Self.plateau + Self.hasty, loss: { $0.setting.level.isFading ? 1 : 2 })
        #expect(walk.decisions.count == 2 && walk.growth.transitions.count == 2)
        for images in walk.decisions {
            let step = try #require(walk.plans.last { $0.imagesShown < images })
            #expect(!step.setting.level.isFading && step.setting.stage.resolution < 16, "\(images)")
        }
        // A long fade: nothing is decided in it, whatever the losses.
        let long = try Walk(Self.plateau + Self.hasty + ["growing.transition_kimg=2"])
        #expect(long.decisions == [16] && long.growth.transitions == [48])
    }

    /// While a transition is on its way, the old resolution's losses say nothing about the new one's.
    @Test func theNextResolutionIsJudgedByItsOwnLosses() throws {
        let walk = try Walk(Self.plateau + Self.hasty + ["growing.transition_kimg=0"])
        // 8² begins at 48; its second step is over at 64, and four more have been asked for by then.
        #expect(walk.decisions == [16, 64])
        #expect(walk.growth.transitions == [48, 96])
        #expect(walk.starts == [4: 0, 8: 48, 16: 96])
        let short = try Walk(Self.plateau + Self.hasty + ["growing.transition_kimg=0.008"])
        #expect(short.decisions == [16, 72] && short.growth.transitions == [48, 104])
    }

    /// Nor do they where the transition that is on its way is the latest there may be.
    @Test func theDeadlineIsOneTransition() throws {
        // The plateau of 4² is seen after 48 images, the transition would start at 80; the deadline comes before.
        let deadline = ["growing.training_kimg=0.064", "growing.transition_kimg=0"]
        let walk = try Walk(Self.plateau + deadline)
        #expect(walk.starts == [4: 0, 8: 64, 16: 128])
        #expect(walk.decisions == [])
    }

    @Test func withoutAPlateauTheDeadlineDecides() throws {
        let falling = try Walk(Self.plateau) { plan in
            // A fifth less in each step.
            (0..<plan.step).reduce(1) { value, _ in value * 0.8 }
        }
        #expect(falling.decisions == [] && falling.growth.transitions == [])
        // 400 images alone, 40 of a fade, 400 alone.
        #expect(falling.starts == [4: 0, 8: 408, 16: 848])
    }

    @Test func imagesAloneDecideWhereTheyAreAskedTo() throws {
        let walk = try Walk(Self.plateau + ["growing.trigger=images"])
        #expect(walk.growth == GrowthProgress())
        #expect(walk.starts == [4: 0, 8: 408, 16: 848])
        let still = try Walk(Self.plateau + ["growing.enabled=false"])
        #expect(still.growth == GrowthProgress() && still.starts == [16: 0])
    }

    /// Snapshots are taken after 16, 32, … images; the second one that is no better is the plateau. The fade is over at
    /// 104.
    @Test func distancesAreASignal() throws {
        let walk = try Walk(
            Self.plateau + Self.swd, loss: { Double(-$0.step) }, distance: { $0.savesSheet ? 50 : nil })
        #expect(walk.decisions == [32, 128])
        #expect(walk.growth.transitions == [64, 160])
        // A fifth less in each step, a third in each snapshot.
        let better = try Walk(
            Self.plateau + Self.swd,
            distance: { plan in plan.savesSheet ? (0..<plan.step).reduce(1000) { value, _ in value * 0.8 } : nil })
        #expect(better.growth.transitions == [])
    }

    /// The sheet at the end of a run is one that a longer run does not have.
    @Test func aStopByImagesChangesNoDecision() throws {
        for signal in [[], Self.swd] {
            let overrides = Self.plateau + signal
            func distance(_ plan: StepPlan) -> Double? { plan.savesSheet ? 40 : nil }
            let whole = try Walk(overrides, distance: distance)
            #expect(whole.decisions.count == 2)
            for images in stride(from: 8, through: 240, by: 8) {
                var parts = try Walk(overrides + ["kimg=\(Double(images) / 1000)"], distance: distance)
                try parts.go(on: overrides, distance: distance)
                #expect(parts.growth == whole.growth, "stopped after \(images)")
                #expect(parts.plans.map(\.setting) == whole.plans.map(\.setting), "stopped after \(images)")
            }
        }
    }

    /// Steps of an engine as a run takes them, with `after` once each one's results are settled.
    private static func run(_ engine: StepEngine, after: (StepEngine) -> Void = { _ in }) throws {
        let coordinator = Coordinator(engine.configuration, Small.schedule(engine.configuration))
        var last: (plan: StepPlan, report: StepReport)?
        while true {
            let plan = coordinator.plan(engine.state.counters, isFirst: last == nil, stopSignal: nil)
            if let last {
                engine.observe(last.plan, last.report, distance: nil, coordinator)
                after(engine)
            }
            if plan.ending != nil { return }
            last = (
                plan,
                try engine.run(phases: plan.phases, at: plan.setting, real: Small.reals(engine, at: plan.setting))
            )
        }
    }

    /// From the checkpoint of any step, before, while and after a plateau is seen and its transition is on its way.
    @Test func aRunThatGoesOnDecidesTheSame() throws {
        let overrides =
            Self.plateau + ["growing.plateau_patience=1", "growing.transition_kimg=0.02", "kimg=0.24"]
        let whole = try Small.engine(overrides)
        var checkpoints: [CheckpointContents] = []
        try Self.run(whole) { checkpoints.append($0.checkpoint(datasetID: "set", ranks: 1)) }
        let expected = EngineState(whole)
        #expect(expected.isFinite && checkpoints.count == 30)
        func growth(_ contents: CheckpointContents) -> String { contents.attribute("growth")?.stringValue ?? "" }
        let last = try #require(checkpoints.last)
        #expect(growth(last).contains("\"transitions\":[") && !growth(last).contains("\"transitions\":[]"))
        #expect(whole.level == GrowthLevel(resolution: 16), "\(growth(last))")
        for (number, contents) in checkpoints.enumerated() {
            let states = try LoopbackGroup(size: 1 + number % 2).run { member in
                let resumed = try Small.engine(overrides, communicator: member)
                try resumed.resume(contents, path: "a.h5", datasetID: "set")
                try Self.run(resumed)
                return EngineState(resumed)
            }
            for state in states { #expect(state.differences(from: expected) == [], "after step \(number + 1)") }
        }
    }
}
