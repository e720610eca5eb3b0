import Cluster
import Testing

import Training

/// Sums that travel while later phases are computed change when things are computed, and not what.
@Suite struct OverlapTests {
    /// Steps as the training loop takes them.
    private func pipelined(_ trainer: Trainer, steps: Int) throws -> [StepReport] {
        var reports: [StepReport] = []
        for _ in 0..<steps {
            trainer.lookAhead()
            if let report = try trainer.settle() { reports.append(report) }
            try trainer.start(phases: trainer.schedule.phases(ofStep: trainer.step), real: Small.reals(trainer))
        }
        if let report = try trainer.settle() { reports.append(report) }
        #expect(try trainer.settle() == nil)
        return reports
    }

    @Test(arguments: [1, 2, 4], ["cluster.bucket_mb=0.001", "cluster.bucket_mb=1", "cluster.overlap=false"])
    func bits(_ ranks: Int, _ setting: String) throws {
        let alone = try Small.trainer()
        try Small.run(alone, steps: 7)
        let expected = TrainerState(alone)
        let states = try LoopbackGroup(size: ranks).run { member in
            let trainer = try Small.trainer([setting], communicator: member)
            let reports = try pipelined(trainer, steps: 7)
            #expect(reports.count == 7)
            for report in reports {
                #expect(report.measurements[.generatorMain] != nil && report.measurements[.discriminatorMain] != nil)
                #expect(report.communication.bytes > 0 || ranks == 1)
            }
            return TrainerState(trainer)
        }
        for state in states {
            #expect(state.differences(from: expected).allSatisfy { $0 == "config" || $0 == "ranks" })
        }
    }

    @Test func compressionKeepsReplicasEqualAndTraining() throws {
        let states = try LoopbackGroup(size: 4).run { member in
            let trainer = try Small.trainer(["cluster.compress=bf16", "batch=16"], communicator: member)
            let reports = try pipelined(trainer, steps: 4)
            #expect(reports.allSatisfy { $0.measurements[.generatorMain]?[.generatorLoss].isFinite == true })
            return TrainerState(trainer)
        }
        let exact = try Small.trainer(["batch=16"])
        try Small.run(exact, steps: 4)
        for state in states { #expect(state.differences(from: states[0]).isEmpty) }
        #expect(!states[0].differences(from: TrainerState(exact)).isEmpty, "nothing was rounded")
    }

    /// A checkpoint between two steps holds no trace of what was computed ahead.
    @Test func lookingAheadLeavesTheStateAlone() throws {
        let states = try LoopbackGroup(size: 2).run { member in
            let trainer = try Small.trainer(communicator: member)
            try trainer.start(phases: Phase.allCases, real: Small.reals(trainer))
            trainer.lookAhead()
            _ = try trainer.settle()
            return TrainerState(trainer)
        }
        let plain = try Small.trainer()
        _ = try plain.run(phases: Phase.allCases, real: Small.reals(plain))
        #expect(states[0].differences(from: TrainerState(plain)).isEmpty)
    }
}
