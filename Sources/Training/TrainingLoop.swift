import Cluster
import Configuration
import Failure
import Foundation
import Recipes
import Reporting
import State
import Storage

/// The loop that all ranks go through together, from a run's first step to its last.
///
/// Read `run` from top to bottom: the order of its lines is the walk of a minibatch through the house.
public final class TrainingLoop {
    private let configuration: ResolvedConfiguration
    private let communicator: any Communicator
    private let engine: StepEngine
    private let coordinator: Coordinator
    private let reader: MinibatchReader
    private let metrics: SnapshotMetrics?
    /// What only rank 0 has: the run folder and all that is written to it.
    private let recorder: RunRecorder?
    private var checkpointClock: CheckpointClock

    /// - Parameters:
    ///   - engine: whose state is the same on all ranks.
    ///   - recorder: on rank 0.
    ///   - now: seconds on a clock, for checkpoints by time; nil for the system's.
    package init(
        _ engine: StepEngine, dataset: Dataset, metrics: SnapshotMetrics?, recorder: RunRecorder?,
        communicator: any Communicator, now: (() -> Double)? = nil
    ) {
        self.engine = engine
        configuration = engine.configuration
        self.communicator = communicator
        self.metrics = metrics
        self.recorder = recorder
        coordinator = Coordinator(configuration, engine.schedule)
        reader = MinibatchReader(configuration, of: dataset)
        checkpointClock = CheckpointClock(now: now)
    }

    /// A step that has been started.
    private struct Started {
        let plan: StepPlan
        let dataSeconds: Double
    }

    /// Trains until all images are shown or a signal asks to stop.
    ///
    /// - Returns: the exit code: 0, or 75 after a signal.
    public func run() throws -> Int32 {
        do {
            var last: Started?
            while true {
                // What is measured of a step may end the run: that step is settled before the next one is planned.
                if let last, last.plan.measures { try settle(last) }
                // Rank 0 plans. The last sums of the step before may still be on their way.
                let plan = try agreeOnPlan(isFirst: last == nil)
                communicator.board.begin(step: plan.step)
                // Storage reads coming steps' rows, by their global index, while this step computes.
                for request in plan.reads {
                    reader.request(positions: engine.positions(of: request), resolution: request.stage.resolution)
                }
                if plan.ending == nil { engine.lookAhead(to: plan.setting) }
                // The step before is settled, and reported with its own plan.
                if let last { try settle(last) }
                if let ending = plan.ending { return try end(ending) }
                if plan.checksReplicas {
                    try ReplicaCheck.compare(named: engine.state.hashes, communicator: communicator)
                }
                // Rows become tensors.
                let waiting = Stopwatch()
                let real = try nextBatch(plan)
                // Waiting for other ranks' maps is nobody's work.
                last = Started(plan: plan, dataSeconds: waiting.seconds - real.balancing.seconds)
                // The recipe's phases: forward, backward, sums, updates, what is tracked.
                try engine.start(phases: plan.phases, at: plan.setting, real: real)
            }
        } catch {
            recorder?.recordFailure(error)
            throw error
        }
    }

    /// Rank 0 plans, all obey. The step's small messages: has any rank been asked to stop, or met what is not finite; the
    /// plan.
    private func agreeOnPlan(isFirst: Bool) throws -> StepPlan {
        let asked = try communicator.maximum([Int64(StopSignals.requested ?? 0), sickRank])
        var bytes: [UInt8] = []
        if communicator.isRoot {
            let plan = coordinator.plan(
                engine.state.counters, isFirst: isFirst, stopSignal: asked[0] == 0 ? nil : Int32(asked[0]),
                fault: asked[1] == 0 ? nil : recorder?.advice(engine.numbers.fault, rank: Int(asked[1]) - 1),
                secondsSinceCheckpoint: checkpointClock.seconds)
            checkpointClock.note(plan)
            bytes = Array(try JSONEncoder().encode(plan))
        }
        return try JSONDecoder().decode(StepPlan.self, from: Data(try communicator.broadcast(bytes, from: 0)))
    }

    /// Completes a step: its last sums and updates, the moving average, what rank 0 decides from it and writes of it.
    private func settle(_ started: Started) throws {
        guard let report = try engine.settle() else { return }
        let plan = started.plan
        work.add("work", report.workSeconds + started.dataSeconds)
        let ranks = plan.reportsTick ? try Stragglers.gather(work.takeTick().first?.mean ?? 0, communicator) : nil
        let scores = try plan.measures ? metrics?.measure(engine, communicator) : nil
        engine.observe(plan, report, distance: scores?.value("swd/average"), coordinator)
        let isBest = engine.observe(plan, scores, coordinator)
        try recorder?.record(
            plan, report, dataSeconds: started.dataSeconds, ranks: ranks, scores: scores, isBest: isBest)
    }

    /// This rank's own work since the last tick.
    private var work = MovingStatistics()

    private func nextBatch(_ plan: StepPlan) throws -> RealBatch {
        try engine.reals(of: reader.next(), at: plan.setting)
    }

    /// From 1 where this rank has met what is not finite; 0 elsewhere. What ranks compute is the same on all of them; if
    /// a memory fails they still end together.
    private var sickRank: Int64 { engine.numbers.fault == nil ? 0 : Int64(communicator.rank) + 1 }

    private func end(_ ending: StepPlan.Ending) throws -> Int32 {
        if case .notFinite(let reason) = ending { throw TrainingFault(description: reason) }
        // The last phase of all was settled after the ranks had agreed on the end.
        let sick = try communicator.maximum([sickRank])[0]
        if sick > 0 {
            let reason = recorder?.advice(engine.numbers.fault, rank: Int(sick) - 1) ?? ""
            let shared = try communicator.broadcast(Array(reason.utf8), from: 0)
            throw TrainingFault(description: String(decoding: shared, as: UTF8.self))
        }
        try recorder?.finish(ending)
        try communicator.barrier()
        return ending.exitCode
    }
}
