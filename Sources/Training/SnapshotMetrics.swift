import Cluster
import Configuration
import Evaluation
import Kernels
import Layers
import Models
import Reporting
import Storage

/// What metrics say of the averaged generator at a snapshot.
package struct SnapshotScores: Sendable {
    /// Sliced Wasserstein distance to the data set, times 1000, by level.
    package var distance: SlicedWassersteinResult?
    /// Mean multi-scale similarity of pairs of samples.
    package var similarity: Double?
    /// Why one is missing.
    var problem: String?
    /// What measuring took.
    var seconds = 0.0
}

/// The metrics of `snapshot.metrics`, on all ranks together.
/// Samples of a generator that still grows are compared at the final resolution, see ``GeneratedSample``.
struct SnapshotMetrics {
    /// Bytes that SWD may keep on a rank, where they suffice for its largest level, and as many for generated images.
    private static let memory = 1 << 27

    private let metrics: [SnapshotMetric]
    private let real: ImageSource
    private let seed: UInt64

    /// Nil where none are asked for.
    ///
    /// - Throws: ``ConfigurationError`` where a metric is not defined for images of the final resolution,
    ///   ``DatasetError`` where the data set has too few of them.
    init?(_ configuration: ResolvedConfiguration, dataset: Dataset) throws {
        guard !configuration.snapshot.metrics.isEmpty else { return nil }
        for metric in configuration.snapshot.metrics where configuration.resolution < metric.smallest {
            throw ConfigurationError(
                .conflict, key: "snapshot.metrics", source: .resolution,
                message: "snapshot.metrics has \(metric.rawValue), which is defined for images of \(metric.smallest)×"
                    + "\(metric.smallest) or more, but those of the fully grown networks are "
                    + "\(configuration.resolution)×\(configuration.resolution): leave it out")
        }
        let count = configuration.snapshot.metricImages
        guard dataset.count >= count else {
            throw DatasetError.badData(
                "\(dataset.folder): holds \(dataset.count) images, but snapshot.metric_images is \(count): "
                    + "set it to \(dataset.count) or less")
        }
        metrics = configuration.snapshot.metrics
        seed = configuration.seed
        real = RealSample(dataset, resolution: configuration.resolution, seed: seed).source("real", places: 0..<count)
    }

    /// Collective.
    func measure(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel, _ communicator: any Communicator
    ) throws -> SnapshotScores {
        // A rank that threw would leave the others waiting: all measure to the end, and agree on it then.
        var isFinite = true
        let generated = GeneratedSample.source(
            generator, parameters, at: level, count: real.count, cacheBytes: Self.memory
        ) { _, _ in isFinite = false }
        let watch = Stopwatch()
        var scores = SnapshotScores()
        // A generator that has collapsed has no distance: that is worth a word, not the end of a run.
        for metric in metrics {
            do {
                switch metric {
                case .swd:
                    scores.distance = try SlicedWasserstein(seed: seed, memory: Self.memory).distance(
                        real: real, fake: generated, communicator: communicator)
                case .msssim:
                    scores.similarity = try MultiScaleSimilarity(seed: seed).mean(
                        of: generated, communicator: communicator)
                }
            } catch let error as EvaluationError {
                scores.problem = [scores.problem, error.description].compactMap { $0 }.joined(separator: "; ")
            }
        }
        if try communicator.maximum([isFinite ? 0 : 1])[0] > 0 {
            scores = SnapshotScores(problem: "generated images are not finite: they have no metrics")
        }
        BufferView.giveBackUnused()
        scores.seconds = watch.seconds
        return scores
    }
}

extension SnapshotMetric {
    /// Height of the smallest images that it is defined for.
    fileprivate var smallest: Int {
        switch self {
        case .swd: SlicedWasserstein.smallest
        case .msssim: MultiScaleSimilarity.smallest
        }
    }
}
