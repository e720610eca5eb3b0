import Cluster
import Configuration
import Failure
import Foundation
import Kernels
import Layers
import Models
import Reporting
import Storage

/// A training run from its first step to its last: the loop that all ranks go through together.
///
/// Read `run` from top to bottom.
public final class TrainingRun {
    /// How a run starts.
    public enum Start: Sendable {
        /// Where the run folder stands, or fresh when it is empty.
        case auto
        /// Fresh; a run folder that already has checkpoints is refused.
        case fresh
        /// From this checkpoint.
        case resume(String)
        /// Fresh, with the networks of this checkpoint; over what an earlier run has left, only where that is asked.
        case transfer(String, overRemains: Bool = false)
    }

    private let configuration: ResolvedConfiguration
    private let communicator: any Communicator
    private let dataset: Dataset
    package let trainer: Trainer
    private let coordinator: Coordinator
    private let reader: MinibatchReader
    private let metrics: SnapshotMetrics?
    /// What only rank 0 has: the run folder and all that is written to it.
    private let recorder: RunRecorder?
    private var checkpointClock: CheckpointClock

    /// - Parameters:
    ///   - run: the run folder; only rank 0 writes to it.
    ///   - lock: that of the run folder, on rank 0; without one it is taken here.
    ///   - launch: what ``RunEnding`` is to call this start.
    ///   - now: seconds on a clock, for checkpoints by time; nil for the system's.
    public init(
        _ configuration: ResolvedConfiguration, dataset: Dataset, run: String, start: Start, lock: RunLock? = nil,
        launch: String? = nil, communicator: any Communicator, console: Console = .standard,
        now: (() -> Double)? = nil
    ) throws {
        self.configuration = configuration
        self.communicator = communicator
        self.dataset = dataset
        coordinator = Coordinator(configuration)
        trainer = Trainer(configuration, datasetLabels: dataset.labels, communicator: communicator)
        reader = MinibatchReader(
            dataset: dataset, seed: configuration.seed, mirror: configuration.data.mirror, withMaps: false)
        metrics = try SnapshotMetrics(configuration, dataset: dataset)
        recorder =
            communicator.isRoot
            ? try RunRecorder(
                configuration, folder: RunFolder(run), start: start, trainer: trainer, dataset: dataset, lock: lock,
                launch: launch, communicator: communicator, console: console) : nil
        checkpointClock = CheckpointClock(now: now)
        try share()
    }

    /// Checks what a run needs of its data set, before anything is written.
    ///
    /// - Throws: an ``ExitCoded`` error that names the key and what is wrong.
    public static func check(_ configuration: ResolvedConfiguration, dataset: Dataset) throws {
        _ = try SnapshotMetrics(configuration, dataset: dataset)
    }

    /// Trains until all images are shown or a signal asks to stop.
    ///
    /// - Returns: the exit code: 0, or 75 after a signal.
    public func run() throws -> Int32 {
        do {
            return try loop()
        } catch {
            recorder?.recordFailure(error)
            throw error
        }
    }

    private func loop() throws -> Int32 {
        var work = MovingStatistics()
        var last: (plan: StepPlan, dataSeconds: Double)?
        while true {
            // The last sums of the step before may still be on their way.
            let plan = try agreeOnPlan(isFirst: last == nil)
            communicator.board.begin(step: plan.step)
            // Coming steps' images are read while this step computes.
            for request in plan.reads {
                reader.request(positions: trainer.positions(of: request), resolution: request.stage.resolution)
            }
            if plan.ending == nil { trainer.lookAhead(to: plan.setting) }
            if let report = try trainer.settle(), let last {
                work.add("work", report.workSeconds + last.dataSeconds)
                let ranks =
                    last.plan.reportsTick ? try Stragglers.gather(work.takeTick().first?.mean ?? 0, communicator) : nil
                let scores = try last.plan.savesSheet ? measure() : nil
                trainer.observe(last.plan, report, scores, coordinator)
                try recorder?.record(last.plan, report, dataSeconds: last.dataSeconds, ranks: ranks, scores: scores)
            }
            if let ending = plan.ending { return try end(ending) }
            if plan.checksReplicas {
                try ReplicaCheck.compare(named: ReplicaHash.named(trainer), communicator: communicator)
            }

            let waiting = Stopwatch()
            let minibatch = try reader.next()
            let real = RealBatch(
                minibatch, microbatch: plan.setting.stage.microbatch, labelDim: configuration.labelDimension,
                fade: plan.setting.fade)
            let dataSeconds = waiting.seconds

            try trainer.start(phases: plan.phases, at: plan.setting, real: real)
            last = (plan, dataSeconds)
        }
    }

    /// Rank 0 plans, all obey. The step's small messages: has any rank been asked to stop, or met what is not finite; the
    /// plan.
    private func agreeOnPlan(isFirst: Bool) throws -> StepPlan {
        let asked = try communicator.maximum([Int64(StopSignals.requested ?? 0), sickRank])
        var bytes: [UInt8] = []
        if communicator.isRoot {
            let plan = coordinator.plan(
                trainer.state, isFirst: isFirst, stopSignal: asked[0] == 0 ? nil : Int32(asked[0]),
                fault: asked[1] == 0 ? nil : recorder?.advice(trainer.numbers.fault, rank: Int(asked[1]) - 1),
                secondsSinceCheckpoint: checkpointClock.seconds)
            checkpointClock.note(plan)
            bytes = Array(try JSONEncoder().encode(plan))
        }
        return try JSONDecoder().decode(StepPlan.self, from: Data(try communicator.broadcast(bytes, from: 0)))
    }

    /// Collective: what metrics say of the averaged generator now.
    private func measure() throws -> SnapshotScores? {
        guard let metrics, let level = trainer.level else { return nil }
        return try metrics.measure(
            trainer.networks.generator, trainer.networks.average, at: level, communicator)
    }

    /// From 1 where this rank has met what is not finite; 0 elsewhere. What ranks compute is the same on all of them; if
    /// a memory fails they still end together.
    private var sickRank: Int64 { trainer.numbers.fault == nil ? 0 : Int64(communicator.rank) + 1 }

    private func end(_ ending: StepPlan.Ending) throws -> Int32 {
        if case .notFinite(let reason) = ending { throw TrainingFault(description: reason) }
        // The last phase of all was settled after the ranks had agreed on the end.
        let sick = try communicator.maximum([sickRank])[0]
        if sick > 0 {
            let reason = recorder?.advice(trainer.numbers.fault, rank: Int(sick) - 1) ?? ""
            let shared = try communicator.broadcast(Array(reason.utf8), from: 0)
            throw TrainingFault(description: String(decoding: shared, as: UTF8.self))
        }
        try recorder?.finish(ending)
        try communicator.barrier()
        return ending.exitCode
    }

    /// Every rank starts from the state that rank 0 has read or drawn.
    private func share() throws {
        guard communicator.size > 1 else { return }
        let own = SharedState(
            step: trainer.step, imagesShown: trainer.imagesShown, stepsG: trainer.optimizerG.steps,
            stepsD: trainer.optimizerD.steps, level: trainer.level, growth: trainer.growth,
            leftOut: trainer.numbers.leftOut)
        let shared = try JSONDecoder().decode(
            SharedState.self,
            from: Data(try communicator.broadcast(Array(try JSONEncoder().encode(own)), from: 0)))
        (trainer.step, trainer.imagesShown) = (shared.step, shared.imagesShown)
        (trainer.optimizerG.steps, trainer.optimizerD.steps) = (shared.stepsG, shared.stepsD)
        (trainer.level, trainer.growth) = (shared.level, shared.growth)
        trainer.numbers.leftOut = shared.leftOut
        var mean = [trainer.pathMean]
        try mean.withUnsafeMutableBufferPointer { try communicator.broadcast($0, from: 0) }
        trainer.pathMean = mean[0]
        for view in trainer.sharedBuffers {
            try view.withUnsafeElements { try communicator.broadcast($0, from: 0) }
        }
        trainer.networks.g.didChange()
        trainer.networks.d.didChange()
        trainer.networks.average.didChange()
    }
}

/// What ranks that have not read a checkpoint must know beside its arrays.
private struct SharedState: Codable {
    var step: Int
    var imagesShown: Int
    var stepsG: Int
    var stepsD: Int
    var level: GrowthLevel?
    var growth: GrowthProgress
    var leftOut: LeftOut
}
