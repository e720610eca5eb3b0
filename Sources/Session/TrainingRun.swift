import Cluster
import Configuration
import Evaluation
import Recipes
import Reporting
import Storage
import Training

/// A training run: its state is loaded or drawn, and shared, then the loop goes.
public final class TrainingRun {
    package let engine: StepEngine
    private let loop: TrainingLoop

    /// - Parameters:
    ///   - run: the run folder; only rank 0 writes to it.
    ///   - features: in which metrics look at images; nil where none needs it.
    ///   - featureCache: folder where features of real images are kept for other runs; nil for nowhere.
    ///   - lock: that of the run folder, on rank 0; without one it is taken here.
    ///   - launch: what ``RunEnding`` is to call this start.
    ///   - now: seconds on a clock, for checkpoints by time; nil for the system's.
    public init(
        _ configuration: ResolvedConfiguration, dataset: Dataset, run: String, start: RunStart,
        features: (any FeatureExtractor)? = nil, featureCache: String? = nil, lock: RunLock? = nil,
        launch: String? = nil, communicator: any Communicator, console: Console = .standard,
        now: (() -> Double)? = nil
    ) throws {
        engine = StepEngine(
            configuration,
            conditions: try DatasetConditions(
                configuration, TrainingRows(configuration, of: dataset), of: dataset), communicator: communicator)
        let metrics = try SnapshotMetrics(
            configuration, dataset: dataset, features: features, cacheFolder: featureCache)
        let hosts = try communicator.hostNames()
        var recorder: RunRecorder?
        if communicator.isRoot {
            let pen = try RunPen(RunFolder(run), lock: lock, launch: launch, configuration, console: console)
            try start.begin(engine, pen, dataset)
            recorder = try RunRecorder(engine, pen, dataset: dataset, ranks: communicator.size)
            // For whoever looks at the run later; while it goes on, whoever started it knows.
            pen.log.record("info machines: " + Self.text(hosts: hosts))
        }
        // Every rank starts from the state that rank 0 has read or drawn.
        try engine.state.share(communicator)
        loop = TrainingLoop(
            engine, dataset: dataset, metrics: metrics, recorder: recorder, communicator: communicator, now: now)
    }

    /// Checks what a run needs of its data set, before anything is written.
    ///
    /// - Throws: an ``ExitCoded`` error that names the key and what is wrong.
    public static func check(
        _ configuration: ResolvedConfiguration, dataset: Dataset, features: (any FeatureExtractor)? = nil
    ) throws {
        _ = try SnapshotMetrics(configuration, dataset: dataset, features: features)
        try FrozenLayers.check(configuration)
    }

    /// Checks what a run needs that starts so, as far as its folder tells without anything being read from it: what a dry
    /// run can say beforehand.
    ///
    /// - Throws: ``ConfigurationError``.
    package static func check(_ start: RunStart, of configuration: ResolvedConfiguration, run: String) throws {
        switch start {
        case .auto where CheckpointFolder(RunFolder(run).checkpoints).reached() == nil, .fresh:
            try FrozenLayers.checkFreshStart(configuration)
        case .auto, .resume, .transfer: break
        }
    }

    /// "node01: ranks 0 to 3; node02: ranks 4 to 7".
    package static func text(hosts: [String]) -> String {
        var groups: [(host: String, first: Int, last: Int)] = []
        for (rank, host) in hosts.enumerated() {
            if groups.last?.host == host {
                groups[groups.count - 1].last = rank
            } else {
                groups.append((host, rank, rank))
            }
        }
        return groups.map { group in
            group.host
                + (group.first == group.last ? ": rank \(group.first)" : ": ranks \(group.first) to \(group.last)")
        }.joined(separator: "; ")
    }

    /// Trains until all images are shown or a signal asks to stop.
    ///
    /// - Returns: the exit code: 0, or 75 after a signal.
    public func run() throws -> Int32 { try loop.run() }
}
