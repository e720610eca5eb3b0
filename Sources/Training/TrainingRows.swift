import Configuration
import Recipes
import Storage

/// The rows of a data set that a run trains on: all, or `data.limit` of them.
public struct TrainingRows {
    /// Nil for all.
    let chosen: [Int]?
    /// Of the rows, from which those of fakes are drawn; nil without labels.
    public let labels: [Int32]?
    /// In which they are shown.
    public let order: SampleOrder

    public init(_ configuration: ResolvedConfiguration, of dataset: Dataset) {
        let (seed, mirror) = (configuration.seed, configuration.data.mirror)
        guard let limit = configuration.data.limit else {
            chosen = nil
            labels = dataset.labels
            order = SampleOrder(count: dataset.count, seed: seed, mirror: mirror)
            return
        }
        let rows = dataset.rows(limit: limit, seed: configuration.data.limitSeed)
        chosen = rows
        labels = dataset.labels.map { labels in rows.map { labels[$0] } }
        order = SampleOrder(rows: rows, seed: seed, mirror: mirror)
    }
}

extension MinibatchReader {
    /// Of what a run trains on, and of what stands beside it no more than the run looks at: so it is counted in its memory.
    public convenience init(_ configuration: ResolvedConfiguration, of dataset: Dataset) {
        self.init(
            dataset: dataset, order: TrainingRows(configuration, of: dataset).order,
            withMaps: configuration.labelMaps != nil || configuration.data.condition == .map,
            withConditions: configuration.data.condition == .image)
    }
}
