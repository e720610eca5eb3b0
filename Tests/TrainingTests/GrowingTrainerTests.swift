import Cluster
import Configuration
import Kernels
import Layers
import Models
import Recipes
import Session
import Storage
import SmallRuns
import Testing
import Training

/// Networks that grow from 4² to 16² within thirteen steps: two fades, batches of 8, 16 and 8.
@Suite struct GrowingTrainerTests {
    private static func engine(
        _ family: [String], _ more: [String] = [], _ communicator: any Communicator = LoopbackCommunicator()
    ) throws -> StepEngine {
        try Small.engine(Small.growing + family + more, communicator: communicator)
    }

    /// Runs steps as rank 0 plans them, all of them without a limit.
    ///
    /// - Returns: the plans, and the bytes that each step sent.
    @discardableResult
    private static func run(_ engine: StepEngine, steps: Int = .max) throws -> [(plan: StepPlan, bytes: Int)] {
        let coordinator = Coordinator(engine.configuration, engine.schedule)
        var done: [(StepPlan, Int)] = []
        while done.count < steps {
            let plan = coordinator.plan(engine.state.counters, isFirst: done.isEmpty, stopSignal: nil)
            if plan.ending != nil { break }
            let report = try engine.run(
                phases: plan.phases, at: plan.setting, real: Small.reals(engine, at: plan.setting))
            engine.observe(plan, report, distance: nil, coordinator)
            done.append((plan, report.communication.bytes))
        }
        return done
    }

    /// By the rules: 4² for 16 images, 8² fades in over 30, trains for 16, 16² fades in over 30 more and stays. A step
    /// trains what the images shown before it say.
    @Test func plansFollowTheSchedule() throws {
        let plans = try Self.run(Self.engine([])).map(\.plan)
        let expected: [(images: Int, resolution: Int, fade: Float, batch: Int, resets: Bool)] = [
            (0, 4, 0, 8, true), (8, 4, 0, 8, false), (16, 4, 0, 8, false),
            (24, 8, 22 / 30, 16, true), (40, 8, 6 / 30, 16, false), (56, 8, 0, 16, true),
            (72, 16, 20 / 30, 8, true), (80, 16, 12 / 30, 8, false), (88, 16, 4 / 30, 8, false),
            (96, 16, 0, 8, true), (104, 16, 0, 8, false), (112, 16, 0, 8, false), (120, 16, 0, 8, false),
            (128, 16, 0, 8, false),
        ]
        #expect(plans.count == expected.count)
        for (plan, step) in zip(plans, expected) {
            #expect(plan.imagesShown == step.images)
            let rate = step.resolution == 8 ? 0.001 : 0.0025
            #expect(plan.setting.stage.gLR == rate && plan.setting.stage.dLR == rate)
            #expect(plan.setting.level.resolution == step.resolution && plan.setting.stage.batch == step.batch)
            #expect(abs(plan.setting.fade - step.fade) < 1e-6, "\(plan.setting)")
            #expect(plan.setting.resetsMoments == step.resets, "\(step)")
            #expect(plan.setting.stage.microbatch == (step.resolution == 8 ? 4 : 2))
        }
        #expect(plans.filter(\.endsPhase).map(\.imagesShown) == [8, 40, 56, 88, 128])
    }

    @Test(arguments: Small.families) func sameBitsOnAnyNumberOfRanks(_ family: [String]) throws {
        let alone = try Self.engine(family)
        try Self.run(alone)
        let expected = EngineState(alone)
        #expect(expected.isFinite)
        for ranks in [2, 4] {
            let states = try LoopbackGroup(size: ranks).run { member in
                let engine = try Self.engine(family, [], member)
                try Self.run(engine)
                return EngineState(engine)
            }
            for state in states { #expect(state.differences(from: expected) == []) }
        }
    }

    /// Interrupted anywhere: while a resolution trains, in the middle of a fade, at its ends.
    @Test(arguments: Small.families.prefix(2), Array(1...10)) func resumedIsUninterrupted(
        _ family: [String], _ steps: Int
    ) throws {
        let whole = try Self.engine(family)
        try Self.run(whole, steps: steps)
        let contents = whole.checkpoint(datasetID: "set", ranks: 1)
        try Self.run(whole)
        let states = try LoopbackGroup(size: 2).run { member in
            let resumed = try Self.engine(family, [], member)
            try resumed.resume(contents, path: "a.h5", datasetID: "set")
            try Self.run(resumed)
            return EngineState(resumed)
        }
        for state in states { #expect(state.differences(from: EngineState(whole)) == []) }
    }

    /// What has not come in yet keeps its initial values, has no moments, and does not travel.
    @Test(arguments: Small.families.prefix(2)) func onlyWhatIsNeededMoves(_ family: [String]) throws {
        let initial = try Self.engine(family)
        let engine = try Self.engine(family)
        for _ in 0..<9 {
            try Self.run(engine, steps: 1)
            let level = engine.level
            let (generator, discriminator) = (engine.networks.generator, engine.networks.discriminator)
            for (parameters, start, moments, active) in [
                (
                    engine.networks.g, initial.networks.g, engine.moments("optimizer/generator/v"),
                    level.of(generator).activeParameters
                ),
                (
                    engine.networks.d, initial.networks.d, engine.moments("optimizer/discriminator/v"),
                    level.of(discriminator).activeParameters
                ),
            ] {
                for entry in parameters.trained {
                    let seen = moments.slice(entry.offset, entry.count).array
                    if active.contains(entry.name) {
                        #expect(seen.contains { $0 != 0 }, "\(entry.name) at \(level)")
                    } else {
                        #expect(seen.allSatisfy { $0 == 0 }, "\(entry.name) at \(level)")
                    }
                    let isOfLaterLevels = Self.isOfResolution(above: level.resolution, entry.name)
                    if isOfLaterLevels {
                        #expect(!active.contains(entry.name))
                        #expect(parameters.view(entry).array == start.view(entry).array, "\(entry.name) at \(level)")
                    }
                }
            }
        }
    }

    private static func isOfResolution(above resolution: Int, _ name: String) -> Bool {
        [8, 16].contains { $0 > resolution && (name.contains("b\($0).") || name.hasPrefix("\($0)x")) }
    }

    @Test func fewerGradientsTravelBeforeTheNetworksAreGrown() throws {
        let bytes = try LoopbackGroup(size: 2).run { member in
            try Self.run(try Self.engine([], ["loss.pl_weight=0", "loss.r1_gamma=0"], member)).map(\.bytes)
        }[0]
        // 4²; 8²; 16²: steps of two phases each.
        #expect(bytes[0] < bytes[5] && bytes[5] < bytes[9])
        #expect(bytes[0] == bytes[1] && bytes[9] == bytes[12])
        // During a fade the colours of the old resolution travel, too.
        #expect(bytes[3] > bytes[5] && bytes[6] > bytes[9])
    }

    /// Without `growing.reset_moments` moments go on through a transition.
    @Test func momentsStayWhereAskedTo() throws {
        let engine = try Self.engine([], ["growing.reset_moments=false"])
        try Self.run(engine, steps: 3)
        let steps = engine.state.counters.optimizerStepsDiscriminator
        try Self.run(engine, steps: 1)
        #expect(engine.state.counters.optimizerStepsDiscriminator > steps)
        let resetting = try Self.engine([])
        try Self.run(resetting, steps: 4)
        #expect(
            resetting.state.counters.optimizerStepsDiscriminator < engine.state.counters.optimizerStepsDiscriminator)
    }

    /// Without an average samples come from the generator itself.
    @Test func withoutAnAverage() throws {
        let engine = try Self.engine([], ["ema.enabled=false"])
        try Self.run(engine, steps: 5)
        #expect(engine.networks.average.values.array == engine.networks.g.values.array)
        #expect(engine.networks.average.state.array == engine.networks.g.state.array)
    }
}
