import Cluster
import Configuration
import Evaluation
import Models
import Storage

/// What metrics say of the averaged generator at a snapshot.
struct SnapshotScores {
    /// Sliced Wasserstein distance to the data set, times 1000, by level.
    var distance: SlicedWassersteinResult?
    /// Mean multi-scale similarity of pairs of samples.
    var similarity: Double?
}

/// The metrics of `snapshot.metrics`, on all ranks together.
///
/// Samples of a generator that still grows are compared at the final resolution, with their pixels repeated, as in the
/// reference: so the values of one run can be compared with each other, and with those of a run that does not grow.
struct SnapshotMetrics {
    private let metrics: [SnapshotMetric]
    private let real: ImageSource
    private let seed: UInt64
    private let resolution: Int

    /// Nil where none are asked for.
    ///
    /// - Throws: ``EvaluationError`` where the data set has too few images.
    init?(_ configuration: ResolvedConfiguration, dataset: Dataset) throws {
        guard !configuration.snapshot.metrics.isEmpty else { return nil }
        let count = configuration.snapshot.metricImages
        guard dataset.count >= count else {
            throw DatasetError.badData(
                "\(dataset.folder): holds \(dataset.count) images, but snapshot.metric_images is \(count): "
                    + "set it to \(dataset.count) or less")
        }
        metrics = configuration.snapshot.metrics
        seed = configuration.seed
        resolution = configuration.resolution
        real = RealSample(dataset, resolution: resolution, seed: seed).source("real", places: 0..<count)
    }

    /// Collective.
    func measure(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel, _ communicator: any Communicator
    ) throws -> SnapshotScores {
        let generated = ImageSource(
            name: "generated", count: real.count, resolution: resolution, channels: real.channels
        ) { numbers in
            NearestUpscale.up(
                SampleImages.make(generator, parameters, at: level, seeds: numbers), count: numbers.count,
                height: level.resolution, width: level.resolution, channels: real.channels,
                factor: resolution / level.resolution)
        }
        var scores = SnapshotScores()
        if metrics.contains(.swd) {
            scores.distance = try SlicedWasserstein(seed: seed).distance(
                real: real, fake: generated, communicator: communicator)
        }
        if metrics.contains(.msssim) {
            scores.similarity = try MultiScaleSimilarity(seed: seed).mean(of: generated, communicator: communicator)
        }
        return scores
    }
}
