import Cluster
import Configuration
import Evaluation
import Kernels
import Recipes
import Reporting
import Storage

/// What metrics say of the averaged generator at a snapshot.
package struct SnapshotScores: Sendable {
    /// By metric, in the order of ``Metrics/all`` or ``FieldMetrics/all``.
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
            guard let type = Metrics.ofAny(metric) else { continue }
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
    private let samples: Samples
    /// What MS-SSIM says of real images, once it was asked.
    private let realSimilarity = Once()
    /// What there is to tell, since the last measuring.
    private let said: Said

    /// What is measured, and what it is compared with.
    private enum Samples {
        /// With the conditions of samples, where numbers condition the generator, or something does each pixel.
        case pictures(
            [any PictureMetric], real: ImageSource, vectors: PairedConditions?, pixels: PairedPixels?)
        case fields([any FieldMetric], FieldComparison)

        var count: Int {
            switch self {
            case .pictures(_, let real, _, _): real.count
            case .fields(_, let comparison): comparison.real.count
            }
        }
    }

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
        let isPicture = dataset.description.isPicture
        let chosen = try Self.chosen(configuration, isPicture: isPicture)
        let said = Said()
        self.said = said
        let context = MetricContext(
            seed: configuration.seed, memory: Self.memory, extractor: features,
            needs: chosen.reduce([]) { $0.union($1.needs) }, cacheFolder: cacheFolder
        ) { said.notes.append($0) }
        self.context = context
        let metrics = try chosen.map { metric in
            if let pictures = metric as? any PictureMetric.Type { try Self.check(pictures, configuration) }
            guard configuration.metrics.images >= metric.least else {
                throw ConfigurationError(
                    .conflict, key: "metrics.images", source: .resolution,
                    message: "metrics.images is \(configuration.metrics.images), but \(metric.name) is defined for "
                        + "\(metric.least) or more: set metrics.images=\(metric.least), or leave \(metric.name) out")
            }
            return try metric.init(context)
        }
        try Self.checkBest(configuration)
        let count = configuration.metrics.images
        guard dataset.count >= count else {
            throw DatasetError.badData(
                "\(dataset.folder): holds \(dataset.count) images, but metrics.images is \(count): "
                    + "set it to \(dataset.count) or less")
        }
        guard isPicture else {
            samples = .fields(
                metrics.compactMap { $0 as? any FieldMetric }, try FieldComparison(configuration, dataset, count: count)
            )
            return
        }
        let sample = RealSample(dataset, resolution: configuration.resolution, seed: configuration.seed)
        let vector = configuration.data.condition == .vector ? dataset.description.vector : nil
        samples = .pictures(
            metrics.compactMap { $0 as? any PictureMetric }, real: sample.source("real", places: 0..<count),
            vectors: vector == nil
                ? nil : try sample.rows.conditions(labelDim: configuration.labelDimension, vector: vector),
            pixels: configuration.data.condition.isDense
                ? try sample.pixels(
                    classes: configuration.conditionClasses,
                    format: configuration.data.condition == .image ? dataset.description.imageCondition : nil) : nil)
    }

    /// Those that are asked for, in the order in which all are listed.
    private static func chosen(
        _ configuration: ResolvedConfiguration, isPicture: Bool
    ) throws -> [any Metric.Type] {
        let asked = configuration.metrics.names
        let all: [any Metric.Type] = isPicture ? Metrics.all : FieldMetrics.all
        func refused(_ message: String) -> ConfigurationError {
            ConfigurationError(.conflict, key: "metrics.names", source: .resolution, message: message)
        }
        for name in asked where !all.contains(where: { $0.name == name }) {
            if Metrics.ofAny(name) == nil {
                throw refused(
                    "metrics.names has \(name), expected some of \(all.map { $0.name }.joined(separator: ", "))")
            }
            throw refused(
                "metrics.names: "
                    + (isPicture ? FieldMetrics.reasonAgainstPictures(name) : FieldMetrics.reasonAgainst(name)))
        }
        let chosen = all.filter { asked.contains($0.name) }
        guard !isPicture else {
            let condition = configuration.data.condition
            if condition == .vector || condition.isDense,
                let metric = chosen.first(where: { $0.needs.contains(.latentPaths) })
            {
                let what = condition == .vector ? "numbers" : "label maps or images"
                throw refused(
                    "metrics.names has \(metric.name), which looks at images on paths between latents, and these are not "
                        + "made where \(what) condition the generator (data.condition=\(condition.rawValue)): leave it out"
                )
            }
            if let metric = chosen.first(where: { $0.needs.contains(.segmenter) }) {
                throw refused(
                    "metrics.names has \(metric.name), which looks through a segmenter, and a run has none: leave it out; "
                        + "ganglion evaluate --metrics \(metric.name) finds it of a checkpoint")
            }
            return chosen
        }
        for metric in chosen.compactMap({ $0 as? any FieldMetric.Type }) {
            let grid = configuration.grid
            if let problem = metric.problem(height: grid.height, width: grid.width, channels: configuration.channels) {
                throw refused("metrics.names has \(metric.name), but \(problem): leave it out")
            }
        }
        return chosen
    }

    private static func check(_ metric: any PictureMetric.Type, _ configuration: ResolvedConfiguration) throws {
        guard configuration.resolution >= metric.smallest else {
            throw ConfigurationError(
                .conflict, key: "metrics.names", source: .resolution,
                message: "metrics.names has \(metric.name), which is defined for images of \(metric.smallest)×"
                    + "\(metric.smallest) or more, but those of the fully grown networks are "
                    + "\(configuration.resolution)×\(configuration.resolution): leave it out")
        }
    }

    private static func checkBest(_ configuration: ResolvedConfiguration) throws {
        if let best = configuration.metrics.best, let name = best.split(separator: "/").first,
            let metric = Metrics.ofAny(String(name)),
            metric.lowerIsBetter(best.firstIndex(of: "/").map { String(best[best.index(after: $0)...]) }) == nil
        {
            throw ConfigurationError(
                .conflict, key: "metrics.best", source: .resolution,
                message:
                    "metrics.best is \(best), of which neither a small nor a large value is the better one: choose "
                    + "another")
        }
    }

    /// Collective.
    func measure(_ engine: StepEngine, _ communicator: any Communicator) throws -> SnapshotScores {
        let watch = Stopwatch()
        var scores = SnapshotScores()
        scores.images = samples.count
        scores.extractor = context.extractor?.identity
        // A rank that threw would leave the others waiting: all measure to the end, and agree on it then.
        var isFinite = true
        // A generator that has collapsed has no distance: that is worth a word, not the end of a run.
        func add(_ metric: any Metric, _ find: () throws -> [MetricValue]) throws {
            do {
                scores.values.append((type(of: metric).name, try find()))
            } catch let error as EvaluationError {
                // One sample may be in the way of all.
                guard scores.problem?.contains(error.description) != true else { return }
                scores.problem = [scores.problem, error.description].compactMap { $0 }.joined(separator: "; ")
            }
        }
        switch samples {
        case .pictures(let metrics, let real, let vectors, let pixels):
            let generated = GeneratedSample.source(
                engine.level.of(engine.networks.generator), engine.networks.average, count: real.count,
                vectors: vectors, pixels: pixels, cacheBytes: Self.memory
            ) { _, _ in isFinite = false }
            for metric in metrics {
                try add(metric) { try metric.values(of: generated, real: real, communicator: communicator) }
            }
        case .fields(let metrics, let comparison):
            let generated = comparison.generated(
                engine.level.of(engine.networks.generator), engine.networks.average, cacheBytes: Self.memory)
            for metric in metrics {
                try add(metric) { try metric.values(of: generated, real: comparison.real, communicator: communicator) }
            }
        }
        if case .pictures(_, let real, _, _) = samples, let generated = scores.value(MultiScaleSimilarity.name) {
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
