import Evaluation
import Models
import Storage

/// A data set's fields in a random order, each once, at the size of a run's networks: what metrics compare with. See
/// ``RealSample``, which has the same order.
public struct FieldSample {
    public let rows: ShuffledRows
    private let size: MapSize

    /// - Parameter size: the data set's, or that halved some times, as networks that stop growing earlier make it.
    public init(_ dataset: Dataset, size: MapSize, seed: UInt64) {
        rows = ShuffledRows(dataset, seed: seed)
        self.size = size
    }

    /// The fields at these places of the order, in physical units.
    public func source(_ name: String, places: Range<Int>) -> FieldSource {
        let format = rows.dataset.description.format
        let factor = format.height / size.height
        return FieldSource(
            name: name, count: places.count, height: size.height, width: size.width, channels: format.channels
        ) { numbers in
            let chosen = rows.rows(numbers, from: places.lowerBound)
            let fields = try rows.dataset.read(rows: chosen, withMaps: false, withConditions: false).fields
            guard factor > 1 else { return fields }
            // Means are those of what networks see, as in training.
            let means = MeanFilter.down(
                format.normalized(fields), count: numbers.count, height: format.height, width: format.width,
                channels: format.channels.count, factor: factor)
            return format.physical(means).values
        }
    }
}
