import Cluster
import SmallRuns
import Testing

import Training

/// Sums that travel while later phases are computed change when things are computed, and not what.
@Suite struct OverlapTests {
    /// Steps as the training loop takes them.
    private func pipelined(_ engine: StepEngine, steps: Int) throws -> [StepReport] {
        var reports: [StepReport] = []
        for _ in 0..<steps {
            engine.lookAhead()
            if let report = try engine.settle() { reports.append(report) }
            try engine.start(phases: engine.schedule.phases(ofStep: engine.step), real: Small.reals(engine))
        }
        if let report = try engine.settle() { reports.append(report) }
        #expect(try engine.settle() == nil)
        return reports
    }

    @Test(arguments: [1, 2, 4], ["cluster.bucket_mb=0.001", "cluster.bucket_mb=1", "cluster.overlap=false"])
    func bits(_ ranks: Int, _ setting: String) throws {
        let alone = try Small.engine()
        try Small.run(alone, steps: 7)
        let expected = EngineState(alone)
        let states = try LoopbackGroup(size: ranks).run { member in
            let engine = try Small.engine([setting], communicator: member)
            let reports = try pipelined(engine, steps: 7)
            #expect(reports.count == 7)
            for report in reports {
                #expect(report.measurements[.generatorMain] != nil && report.measurements[.discriminatorMain] != nil)
                #expect(report.communication.bytes > 0 || ranks == 1)
            }
            return EngineState(engine)
        }
        for state in states {
            #expect(state.differences(from: expected).allSatisfy { $0 == "config" || $0 == "ranks" })
        }
    }

    @Test func compressionKeepsReplicasEqualAndTraining() throws {
        let states = try LoopbackGroup(size: 4).run { member in
            let engine = try Small.engine(["cluster.compress=bf16", "batch=16"], communicator: member)
            let reports = try pipelined(engine, steps: 4)
            #expect(reports.allSatisfy { $0.measurements[.generatorMain]?[.generatorLoss].isFinite == true })
            return EngineState(engine)
        }
        let exact = try Small.engine(["batch=16"])
        try Small.run(exact, steps: 4)
        for state in states { #expect(state.differences(from: states[0]).isEmpty) }
        #expect(!states[0].differences(from: EngineState(exact)).isEmpty, "nothing was rounded")
    }

    /// A checkpoint between two steps holds no trace of what was computed ahead.
    @Test func lookingAheadLeavesTheStateAlone() throws {
        let states = try LoopbackGroup(size: 2).run { member in
            let engine = try Small.engine(communicator: member)
            try engine.start(phases: Small.phases, real: Small.reals(engine))
            engine.lookAhead()
            _ = try engine.settle()
            return EngineState(engine)
        }
        let plain = try Small.engine()
        _ = try plain.run(phases: Small.phases, real: Small.reals(plain))
        #expect(states[0].differences(from: EngineState(plain)).isEmpty)
    }
}
