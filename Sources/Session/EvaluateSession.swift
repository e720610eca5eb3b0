import Training
import Cluster
import Configuration
import Evaluation
import Failure
import Storage

/// A comparison of a checkpoint's images with the data, from its first message to its exit code, under mpirun on all
/// ranks together.
public struct EvaluateSession: Sendable {
    /// What can be computed.
    public static var metricNames: [String] { Metrics.names }

    private let checkpoint: String
    private let data: String
    private let metrics: String
    /// In the order in which all are listed.
    private let chosen: [String]
    private let images: Int
    private let seed: UInt32
    private let threads: Int?
    private let standingStatistics: Int?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - data: folder of shards.
    ///   - metrics: names separated by commas.
    ///   - images: of each set.
    ///   - seed: of the images, patches, directions and pairs.
    ///   - threads: of a rank; nil for its share of the cores.
    ///   - standingStatistics: batches that statistics of batch normalisation are taken from; nil for moving averages.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, data: String, metrics: String, images: Int, seed: UInt32, threads: Int?,
        standingStatistics: Int? = nil
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.data = data
        self.metrics = metrics
        self.images = images
        self.seed = seed
        self.threads = threads
        let asked = metrics.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let unknown = asked.first(where: { Metrics.named($0) == nil }) {
            throw UsageError(
                "--metrics: found '\(unknown)', expected some of \(Metrics.names.joined(separator: ", "))")
        }
        chosen = Metrics.names.filter(asked.contains)
        guard images >= 2 else { throw UsageError("--images \(images): expected 2 or more") }
        if let threads, !(1...1024).contains(threads) {
            throw UsageError("--threads \(threads): expected 1 to 1024")
        }
        try StandingStatisticsOption.check(standingStatistics)
        self.standingStatistics = standingStatistics
    }

    /// Joins the job, compares, and exits.
    ///
    /// - Parameter show: takes what was found, on rank 0.
    public func launch(_ show: (EvaluationReport) -> Void) -> Never {
        JobGuard.launch { communicator in
            let report = try evaluate(communicator)
            if communicator.isRoot { show(report) }
            return ExitCode.done
        }
    }

    private func evaluate(_ communicator: any Communicator) throws -> EvaluationReport {
        let named = try NamedCheckpoint.shared(checkpoint, communicator)
        let checkpoint = named.path
        try HostSurvey.survey(dataset: data, files: [checkpoint], communicator: communicator)
        let sets = try EvaluatedSets(checkpoint: checkpoint, data: data, images: images, seed: seed)
        try ConfigurationCheck.compare(
            entries: [
                ("--metrics", metrics), ("--images", "\(images)"), ("--seed", "\(seed)"),
                ("--standing-statistics", standingStatistics.map { "\($0)" } ?? ""),
                ("(generator)", sets.generatorHash), ("(data set)", sets.datasetID),
            ], communicator: communicator)
        var notes = named.notes + sets.notes + [try KernelAgreement.reach(.common, communicator)].compactMap { $0 }
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: threads ?? cores, cores: cores)
        // Every rank takes all of them by itself: the same of the same file.
        if let standingStatistics {
            notes.append(
                try StandingStatisticsOption.take(standingStatistics, sets.file, ranks: communicator.localSize))
        }

        var report = EvaluationReport(checkpoint: checkpoint, data: data, seed: seed, sets: sets, notes: notes)
        let context = MetricContext(seed: UInt64(seed), memory: EvaluatedSets.metricMemory)
        for name in chosen {
            guard let metric = try Metrics.named(name)?.init(context) else { continue }
            let counts = metric.counts(ofReal: sets.realImages)
            report.findings.append(
                EvaluationReport.Finding(
                    metric: name,
                    generated: try metric.values(of: sets.generated, real: sets.real, communicator: communicator),
                    real: try metric.values(ofReal: sets.realImages, communicator: communicator), counted: counts.name,
                    count: counts.count, realImages: counts.images))
        }
        return report
    }
}
