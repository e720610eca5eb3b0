import Configuration
import Evaluation
import Layers
import Models
import Recipes
import Storage

/// Real fields that a run's samples are compared with, and samples with their conditions.
struct FieldComparison {
    let real: FieldSource
    private let format: SampleFormat
    private let conditions: PairedConditions?

    /// - Parameter count: of each set.
    init(_ configuration: ResolvedConfiguration, _ dataset: Dataset, count: Int) throws {
        let grid = configuration.grid
        let sample = FieldSample(
            dataset, size: MapSize(height: grid.height, width: grid.width), seed: configuration.seed)
        format = dataset.description.format
        real = sample.source("real", places: 0..<count)
        conditions = try sample.rows.conditions(
            labelDim: configuration.labelDimension,
            vector: configuration.data.condition == .vector ? dataset.description.vector : nil)
    }

    /// - Parameter generator: as far as it has grown.
    func generated(_ generator: any Generator, _ parameters: Parameters, cacheBytes: Int) -> FieldSource {
        GeneratedFields.source(
            generator, parameters, format: format, conditions: conditions, count: real.count, cacheBytes: cacheBytes
        ) { error, seeds in
            EvaluationError("generated sample \(seeds[error.place]) is not finite: it has no metrics")
        }
    }
}
