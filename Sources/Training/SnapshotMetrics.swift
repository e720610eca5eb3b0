import Cluster
import Configuration
import Evaluation
import Kernels
import Recipes
import Reporting
import Storage

/// What metrics say of the averaged generator at a snapshot.
package struct SnapshotScores: Sendable {
    /// By metric, in the order of ``Metrics/all``.
    package var values: [(metric: String, values: [MetricValue])] = []
    /// Why one is missing.
    var problem: String?
    /// What measuring took.
    var seconds = 0.0
    /// What the user should know besides.
    var notes: [String] = []
    /// Of each set.
    var images = 0
    /// Of the network in whose features some look at images; nil where none does.
    var extractor: String?
    /// Mean MS-SSIM of pairs of samples and of real images; nil where it was not measured.
    var similarity: (generated: Double, real: Double)?

    package init(problem: String? = nil) { self.problem = problem }

    /// As `metrics.jsonl` names the values.
    var keys: [String] { values.flatMap { metric, values in values.map { Metrics.key(metric, $0) } } }

    /// The value that `metrics.best` names, and whether a smaller one would be better; nil where it was not measured.
    func best(_ name: String) -> (value: Double, measure: String, lowerIsBetter: Bool)? {
        for (metric, values) in values {
            guard let type = Metrics.named(metric) else { continue }
            let found =
                metric == name
                ? type.brief(values).map { ($0.value, type.lowerIsBetter(nil)) }
                : values.first { Metrics.key(metric, $0) == name }.map { ($0.value, type.lowerIsBetter($0.part)) }
            guard let (value, sense) = found, let sense else { continue }
            let features = type.needs.contains(.features) ? extractor.map { ", \($0)" } : nil
            return (value, "\(images) images\(features ?? "")", sense)
        }
        return nil
    }

    /// A value by its name in `metrics.jsonl`; nil where it was not measured.
    package func value(_ key: String) -> Double? {
        for (metric, values) in values {
            for value in values where Metrics.key(metric, value) == key { return value.value }
        }
        return nil
    }
}

/// The metrics of `metrics.names`, on all ranks together.
///
/// Samples of a generator that still grows are compared at the final resolution, see ``GeneratedSample``.
package struct SnapshotMetrics {
    /// Bytes that a metric may keep on a rank, where they suffice, and as many for generated images.
    private static let memory = 1 << 27

    private let context: MetricContext
    private let metrics: [any PictureMetric]
    private let real: ImageSource
    /// What MS-SSIM says of real images, once it was asked.
    private let realSimilarity = Once()
    /// What there is to tell, since the last measuring.
    private let said: Said

    /// Nil where none are asked for.
    ///
    /// - Parameters:
    ///   - features: in which metrics look at images.
    ///   - cacheFolder: where features of real images are kept for other runs; nil for nowhere.
    /// - Throws: ``ConfigurationError`` where a metric is not defined for images of the final resolution, or for so few;
    ///   ``DatasetError`` where the data set has too few of them; ``EvaluationError`` where a metric needs features.
    package init?(
        _ configuration: ResolvedConfiguration, dataset: Dataset, features: (any FeatureExtractor)? = nil,
        cacheFolder: String? = nil
    ) throws {
        guard !configuration.metrics.names.isEmpty else { return nil }
        let asked = configuration.metrics.names
        if let unknown = asked.first(where: { Metrics.named($0) == nil }) {
            throw ConfigurationError(
                .conflict, key: "metrics.names", source: .resolution,
                message: "metrics.names has \(unknown), expected some of \(Metrics.names.joined(separator: ", "))")
        }
        let chosen = Metrics.all.filter { asked.contains($0.name) }
        let said = Said()
        self.said = said
        let context = MetricContext(
            seed: configuration.seed, memory: Self.memory, extractor: features,
            needs: chosen.reduce([]) { $0.union($1.needs) }, cacheFolder: cacheFolder
        ) { said.notes.append($0) }
        self.context = context
        metrics = try chosen.map { metric in
            guard configuration.resolution >= metric.smallest else {
                throw ConfigurationError(
                    .conflict, key: "metrics.names", source: .resolution,
                    message: "metrics.names has \(metric.name), which is defined for images of \(metric.smallest)×"
                        + "\(metric.smallest) or more, but those of the fully grown networks are "
                        + "\(configuration.resolution)×\(configuration.resolution): leave it out")
            }
            guard configuration.metrics.images >= metric.least else {
                throw ConfigurationError(
                    .conflict, key: "metrics.images", source: .resolution,
                    message: "metrics.images is \(configuration.metrics.images), but \(metric.name) is defined for "
                        + "\(metric.least) or more: set metrics.images=\(metric.least), or leave \(metric.name) out")
            }
            return try metric.init(context)
        }
        if let best = configuration.metrics.best, let name = best.split(separator: "/").first,
            let metric = Metrics.named(String(name)),
            metric.lowerIsBetter(best.firstIndex(of: "/").map { String(best[best.index(after: $0)...]) }) == nil
        {
            throw ConfigurationError(
                .conflict, key: "metrics.best", source: .resolution,
                message:
                    "metrics.best is \(best), of which neither a small nor a large value is the better one: choose "
                    + "another")
        }
        let count = configuration.metrics.images
        guard dataset.count >= count else {
            throw DatasetError.badData(
                "\(dataset.folder): holds \(dataset.count) images, but metrics.images is \(count): "
                    + "set it to \(dataset.count) or less")
        }
        real = RealSample(dataset, resolution: configuration.resolution, seed: configuration.seed)
            .source("real", places: 0..<count)
    }

    /// Collective.
    func measure(_ engine: StepEngine, _ communicator: any Communicator) throws -> SnapshotScores {
        // A rank that threw would leave the others waiting: all measure to the end, and agree on it then.
        var isFinite = true
        let generated = GeneratedSample.source(
            engine.level.of(engine.networks.generator), engine.networks.average, count: real.count,
            cacheBytes: Self.memory
        ) { _, _ in isFinite = false }
        let watch = Stopwatch()
        var scores = SnapshotScores()
        scores.images = real.count
        scores.extractor = context.extractor?.identity
        // A generator that has collapsed has no distance: that is worth a word, not the end of a run.
        for metric in metrics {
            do {
                let values = try metric.values(of: generated, real: real, communicator: communicator)
                scores.values.append((type(of: metric).name, values))
            } catch let error as EvaluationError {
                scores.problem = [scores.problem, error.description].compactMap { $0 }.joined(separator: "; ")
            }
        }
        if let generated = scores.value(MultiScaleSimilarity.name) {
            let own = MultiScaleSimilarity(seed: context.seed)
            let real = try realSimilarity.value ?? own.mean(of: real, communicator: communicator)
            realSimilarity.value = real
            scores.similarity = (generated, real)
        }
        if try communicator.maximum([isFinite ? 0 : 1])[0] > 0 {
            scores = SnapshotScores(problem: "generated images are not finite: they have no metrics")
        }
        context.forgetGenerated()
        BufferView.giveBackUnused()
        scores.seconds = watch.seconds
        scores.notes = said.notes
        said.notes = []
        return scores
    }

    private final class Said {
        var notes: [String] = []
    }

    private final class Once {
        var value: Double?
    }
}
