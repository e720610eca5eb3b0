import Training
import Cluster
import Configuration
import Evaluation
import Failure
import Reporting
import Storage

/// A comparison of a checkpoint's images with the data, from its first message to its exit code, under mpirun on all
/// ranks together.
public struct EvaluateSession: Sendable {
    /// What can be computed.
    public static var metricNames: [String] { Metrics.names }
    /// Of data sets of fields.
    public static var fieldMetricNames: [String] { FieldMetrics.names }

    private let checkpoint: String
    private let data: String
    /// In the order in which all are listed; nil for all that there is what they need.
    private let asked: [String]?
    private let features: FeaturesOption
    private let segmenter: SegmenterOption
    private let cache: String?
    private let images: Int
    private let seed: UInt32
    private let threads: Int?
    private let standingStatistics: Int?

    /// - Parameters:
    ///   - checkpoint: a file, or a run folder, of which the newest is taken.
    ///   - data: folder of shards.
    ///   - metrics: names separated by commas; nil for all that there is what they need.
    ///   - features: whose features are looked at.
    ///   - segmenter: what tells the classes of pixels.
    ///   - cache: folder in which features of real images are kept; see ``FeatureCacheFolder``.
    ///   - images: of each set.
    ///   - seed: of the images, patches, directions and pairs.
    ///   - threads: of a rank; nil for its share of the cores.
    ///   - standingStatistics: batches that statistics of batch normalisation are taken from; nil for moving averages.
    /// - Throws: ``UsageError``.
    public init(
        checkpoint: String, data: String, metrics: String?, features: FeaturesOption,
        segmenter: SegmenterOption = SegmenterOption(file: nil), cache: String?, images: Int,
        seed: UInt32, threads: Int?, standingStatistics: Int? = nil
    ) throws(UsageError) {
        self.checkpoint = checkpoint
        self.data = data
        self.features = features
        self.segmenter = segmenter
        self.cache = cache
        self.images = images
        self.seed = seed
        self.threads = threads
        let names = metrics?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let unknown = names?.first(where: { Metrics.ofAny($0) == nil }) {
            throw UsageError(
                "--metrics: found '\(unknown)', expected some of \(Metrics.names.joined(separator: ", "))"
                    + ", or of fields some of \(FieldMetrics.names.joined(separator: ", "))")
        }
        asked = names.map { names in (Metrics.names + FieldMetrics.names).filter(names.contains) }
        if segmenter.isNamed, let names, !names.contains(MeanIntersection.name) {
            throw UsageError(
                "--segmenter: only \(MeanIntersection.name) looks through it, which is not among --metrics "
                    + "\(names.joined(separator: ",")); add it, or leave --segmenter out")
        }
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

    /// The extractor of a file. One that nobody asked for, and that will not do, is left out, and said.
    private func extractor(
        _ path: String?, _ sets: EvaluatedSets
    ) throws -> (found: (any FeatureExtractor, notes: [String])?, unfit: [String]) {
        guard let path else { return (nil, []) }
        do {
            let found = try features.extractor(path, data: data, datasetID: sets.datasetID)
            try found.0.check(resolution: sets.resolution, channels: sets.channels)
            return (found, [])
        } catch let error as any ExitCoded where asked == nil && !features.isNamed {
            return (nil, ["\(error); metrics of features are left out"])
        }
    }

    /// Whether a metric may be asked for that looks at features.
    private var needsFeatures: Bool {
        asked?.contains { Metrics.named($0)?.needs.contains(.features) == true } ?? true
    }

    /// Whether a metric may be asked for that looks through a segmenter.
    private var needsSegmenter: Bool { asked?.contains(MeanIntersection.name) ?? true }

    /// Opened, unless nobody asked for it and it will not do: then it is left out, and said.
    private func opened(
        _ path: String?, _ sets: EvaluatedSets
    ) throws -> (found: OpenedSegmenter?, unfit: [String]) {
        guard let path else { return (nil, []) }
        guard sets.generated.maps != nil else {
            // Of a metric that is asked for the same is told by who looks for the maps.
            if segmenter.isNamed, asked == nil {
                throw DatasetError.usage(
                    "--segmenter: \(MeanIntersection.name) \(MetricChoice.lackOfMaps(sets)); leave --segmenter out")
            }
            return (nil, [])
        }
        do {
            let found = try OpenedSegmenter(
                path, data: data, datasetID: sets.datasetID, sets: sets, classes: sets.semanticClasses)
            return (found, [])
        } catch let error as any ExitCoded where asked == nil && !segmenter.isNamed {
            return (nil, ["\(error); \(MeanIntersection.name) is left out"])
        }
    }

    /// Collective.
    package func evaluate(_ communicator: any Communicator) throws -> EvaluationReport {
        let watch = Stopwatch()
        let named = try NamedCheckpoint.shared(checkpoint, communicator)
        let checkpoint = named.path
        // Before a rank opens any of them: once on a host.
        try HostSurvey.survey(dataset: data, files: [checkpoint], communicator: communicator)
        // What cannot be opened is told by those who need it.
        let isOfFields = (try? Dataset(data))?.description.isPicture == false
        guard try communicator.maximum([isOfFields ? 1 : 0])[0] == 0 else {
            return try evaluateFields(named, communicator)
        }
        // Environments and folders differ from host to host, collective operations must not.
        let featuresPath = try needsFeatures ? RootsChoice.share(features.path(data: data), communicator) : nil
        let segmenterPath = try needsSegmenter ? RootsChoice.share(segmenter.path(data: data), communicator) : nil
        // One that lies beside the data and will not do is left out; ranks that see different ones find out below.
        let isAsked = asked != nil || features.isNamed
        let cacheFolder = try RootsChoice.share(FeatureCacheFolder.path(option: cache), communicator)
        try HostSurvey.survey(
            dataset: nil,
            files: [isAsked ? featuresPath : nil, asked != nil || segmenter.isNamed ? segmenterPath : nil]
                .compactMap { $0 }, communicator: communicator)
        try FieldMetricChoice.check(asked, isPicture: true)
        let sets = try EvaluatedSets(checkpoint: checkpoint, data: data, images: images, seed: seed)
        let (found, unfit) = try extractor(featuresPath, sets)
        let (opened, unfitSegmenter) = try opened(segmenterPath, sets)
        let choice = try MetricChoice(
            asked: asked, sets: sets, data: data, features: found, hasSegmenter: opened != nil)
        try ConfigurationCheck.compare(
            entries: [
                ("--metrics", choice.metrics.map { $0.name }.joined(separator: ",")), ("--images", "\(images)"),
                ("--seed", "\(seed)"), ("--standing-statistics", standingStatistics.map { "\($0)" } ?? ""),
                ("(generator)", sets.generatorHash), ("(data set)", sets.datasetID),
                ("(features)", choice.extractor?.identity ?? ""), ("(segmenter)", opened?.identity ?? ""),
            ], communicator: communicator)
        var notes: [String] = named.notes
        for more in [sets.notes, unfit, unfitSegmenter, opened?.notes ?? [], choice.notes] { notes += more }
        if let note = try KernelAgreement.reach(.common, communicator) { notes.append(note) }
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: threads ?? cores, cores: cores)
        // Every rank takes all of them by itself: the same of the same file.
        if let standingStatistics {
            notes.append(
                try StandingStatisticsOption.take(
                    standingStatistics, sets.file, conditions: sets.standing, ranks: communicator.localSize))
        }

        let said = Said()
        let context = MetricContext(
            seed: UInt64(seed), memory: EvaluatedSets.metricMemory, extractor: choice.extractor,
            segmenter: opened?.network, needs: choice.needs, cacheFolder: cacheFolder
        ) { said.notes.append($0) }
        let metrics = try choice.metrics.map { try $0.init(context) }
        let generated = sets.generated.timed(context.time)
        if choice.needs.contains(.features) { try context.prepare(sets.pool, communicator) }
        var report = EvaluationReport(checkpoint: checkpoint, data: data, seed: seed, sets: sets, notes: notes)
        for metric in metrics {
            let counts = metric.counts(ofReal: sets.realImages)
            report.findings.append(
                EvaluationReport.Finding(
                    metric: type(of: metric).name,
                    generated: try metric.values(of: generated, real: sets.real, communicator: communicator),
                    real: try metric.values(ofReal: sets.realImages, communicator: communicator), counted: counts.name,
                    count: counts.count, realImages: counts.images))
            said.notes += metric.remarks(images: sets.count)
        }
        report.notes += said.notes
        if let extractor = choice.extractor, let path = featuresPath, choice.needs.contains(.features) {
            report.extractor = EvaluationReport.Extractor(
                path: path, name: extractor.name, title: extractor.title, identity: extractor.identity)
            report.seconds = EvaluationReport.Seconds(
                generation: context.time.generation, features: context.time.features, all: watch.seconds)
        }
        return report
    }

    private func evaluateFields(
        _ named: NamedCheckpoint, _ communicator: any Communicator
    ) throws -> EvaluationReport {
        try FieldMetricChoice.check(asked, isPicture: false)
        if features.isNamed {
            throw DatasetError.usage(
                "--features: networks look at pictures, but \(data) has fields; of fields there are the metrics "
                    + FieldMetrics.names.joined(separator: ", "))
        }
        if segmenter.isNamed {
            throw DatasetError.usage(
                "--segmenter: tells the classes of pixels of pictures, but \(data) has fields; leave it out")
        }
        let sets = try EvaluatedFields(checkpoint: named.path, data: data, images: images, seed: seed)
        let choice = try FieldMetricChoice(asked: asked, sets: sets)
        try ConfigurationCheck.compare(
            entries: [
                ("--metrics", choice.metrics.map { $0.name }.joined(separator: ",")), ("--images", "\(images)"),
                ("--seed", "\(seed)"), ("--standing-statistics", standingStatistics.map { "\($0)" } ?? ""),
                ("(generator)", sets.generatorHash), ("(data set)", sets.datasetID),
            ], communicator: communicator)
        var notes =
            named.notes + sets.notes + choice.notes
            + [try KernelAgreement.reach(.common, communicator)].compactMap { $0 }
        let cores = try Processors.perRank(communicator)
        try Processors.start(threads: threads ?? cores, cores: cores)
        if let standingStatistics {
            notes.append(
                try StandingStatisticsOption.take(standingStatistics, sets.file, ranks: communicator.localSize))
        }
        let context = MetricContext(seed: UInt64(seed), memory: EvaluatedSets.metricMemory)
        var report = EvaluationReport(
            checkpoint: named.path, data: data, seed: seed, fields: sets, notes: notes)
        var undefined: EvaluationError?
        for type in choice.metrics {
            do {
                let metric = try type.init(context)
                let counts = metric.counts(ofReal: sets.realFields)
                report.findings.append(
                    EvaluationReport.Finding(
                        metric: type.name,
                        generated: try metric.values(of: sets.generated, real: sets.real, communicator: communicator),
                        real: try metric.values(ofReal: sets.realFields, communicator: communicator),
                        counted: counts.name, count: counts.count, realImages: counts.images))
                report.notes += metric.remarks(images: sets.count)
            } catch let error as EvaluationError where asked == nil {
                // Thrown on all ranks alike: all go on with the next.
                report.notes.append("\(error); it is left out")
                undefined = error
            }
        }
        if report.findings.isEmpty, let undefined { throw undefined }
        return report
    }

    /// What metrics want the user to know.
    private final class Said {
        var notes: [String] = []
    }
}
