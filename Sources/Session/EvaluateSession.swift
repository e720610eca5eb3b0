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
    public enum Metric: String, CaseIterable, Sendable {
        case swd, msssim

        /// Those of the interface that are still to come.
        static let later = ["fid", "kid", "is", "pr", "ppl"]

        /// Their names, separated by commas.
        public static let list = allCases.map(\.rawValue).joined(separator: ", ")
    }

    private let checkpoint: String
    private let data: String
    private let metrics: String
    private let chosen: Set<Metric>
    private let images: Int
    private let seed: UInt32
    private let threads: Int?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - data: folder of shards.
    ///   - metrics: names separated by commas.
    ///   - images: of each set.
    ///   - seed: of the images, patches, directions and pairs.
    ///   - threads: of a rank; nil for its share of the cores.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, data: String, metrics: String, images: Int, seed: UInt32, threads: Int?
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.data = data
        self.metrics = metrics
        self.images = images
        self.seed = seed
        self.threads = threads
        var chosen: Set<Metric> = []
        for name in metrics.split(separator: ",", omittingEmptySubsequences: false) {
            guard let metric = Metric(rawValue: String(name)) else {
                throw UsageError(
                    Metric.later.contains(String(name))
                        ? "--metrics \(name): not in this version, which has \(Metric.list)"
                        : "--metrics: found '\(name)', expected some of \(Metric.list)")
            }
            chosen.insert(metric)
        }
        self.chosen = chosen
        guard images >= 2 else { throw UsageError("--images \(images): expected 2 or more") }
        if let threads, !(1...1024).contains(threads) {
            throw UsageError("--threads \(threads): expected 1 to 1024")
        }
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
                ("(generator)", sets.generatorHash), ("(data set)", sets.datasetID),
            ], communicator: communicator)
        let notes = named.notes + sets.notes + [try KernelAgreement.reach(.common, communicator)].compactMap { $0 }
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: threads ?? cores, cores: cores)

        var report = EvaluationReport(checkpoint: checkpoint, data: data, seed: seed, sets: sets, notes: notes)
        let (real, generated) = (sets.real, sets.generated)
        if chosen.contains(.swd) {
            let metric = SlicedWasserstein(seed: UInt64(seed))
            let halves = sets.halves
            report.swd = (
                try metric.distance(real: real, fake: generated, communicator: communicator),
                try metric.distance(real: halves.0, fake: halves.1, communicator: communicator)
            )
        }
        if chosen.contains(.msssim) {
            let metric = MultiScaleSimilarity(seed: UInt64(seed))
            report.msssim = (
                try metric.mean(of: generated, communicator: communicator),
                try metric.mean(of: real, communicator: communicator)
            )
        }
        return report
    }
}
