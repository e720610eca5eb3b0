import Cluster
import Configuration
import Storage
import SmallRuns
import Testing

import Training

/// Ways of computing growing networks that change when things are computed, and no bit of what.
@Suite struct GrowingVariantsTests {
    private static let families = Small.families.prefix(3)

    private static func train(_ overrides: [String], ranks: Int = 1) throws -> [EngineState] {
        try LoopbackGroup(size: ranks).run { member in
            let engine = try Small.engine(Small.growing + overrides, communicator: member)
            let coordinator = Coordinator(engine.configuration, Small.schedule(engine.configuration))
            while true {
                let plan = coordinator.plan(engine.state.counters, isFirst: false, stopSignal: nil)
                if plan.ending != nil { return EngineState(engine) }
                // As in a run: the first part of the next step is computed before this one is complete.
                try engine.start(
                    phases: plan.phases, at: plan.setting, real: Small.reals(engine, at: plan.setting))
                let next = coordinator.plan(engine.state.counters, isFirst: false, stopSignal: nil)
                if next.ending == nil { engine.lookAhead(to: next.setting) }
                _ = try engine.settle()
            }
        }
    }

    /// Blocks that are computed again, sums that wait, buckets of a few parameters each, and steps that look ahead,
    /// into the next resolution too.
    @Test(
        arguments: families,
        [
            (["memory=checkpointing"], 1), ([], 2), (["cluster.overlap=false"], 2), (["cluster.bucket_mb=0.001"], 4),
            (["memory=checkpointing", "cluster.bucket_mb=0.001"], 2),
        ] as [([String], Int)])
    func haveTheSameBits(_ family: [String], _ variant: (overrides: [String], ranks: Int)) throws {
        let expected = try #require(try Self.train(family).first)
        #expect(expected.isFinite)
        for state in try Self.train(family + variant.overrides, ranks: variant.ranks) {
            #expect(state.differences(from: expected).filter { $0 != "config" } == [])
        }
    }

    /// Without a fade, and with moments that stay, there are other transitions, and equal bits.
    @Test(
        arguments: families,
        [["growing.transition_kimg=0"], ["growing.reset_moments=false"], ["growing.start=8", "ema.ramp=none"]])
    func otherTransitionsToo(_ family: [String], _ change: [String]) throws {
        let expected = try #require(try Self.train(family + change).first)
        let plain = try #require(try Self.train(family).first)
        #expect(expected.isFinite && expected.differences(from: plain).contains(Self.colours(family)))
        for ranks in [2, 4] {
            for state in try Self.train(family + change, ranks: ranks) {
                #expect(state.differences(from: expected) == [], "\(ranks) ranks")
            }
        }
    }

    /// The bias of the last resolution's colours.
    private static func colours(_ family: [String]) -> String {
        family.contains("model.family=pggan") ? "ema/ToRGB_lod0/bias" : "ema/synthesis.b16.torgb.bias"
    }
}
