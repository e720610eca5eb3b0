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
            let fields = try rows.dataset.read(rows: chosen, withMaps: false).fields
            guard factor > 1 else { return fields }
            // Means are those of what networks see, as in training.
            let means = FieldMeans.down(
                format.normalized(fields), height: format.height, width: format.width,
                channels: format.channels.count, factor: factor)
            return format.physical(means).values
        }
    }
}

/// Means over squares of what networks see of fields.
enum FieldMeans {
    /// - Parameter fields: [N, height, width, channels], height and width multiples of the factor.
    /// - Returns: [N, height / factor, width / factor, channels]
    static func down(_ fields: [Float], height: Int, width: Int, channels: Int, factor: Int) -> [Float] {
        guard factor > 1 else { return fields }
        let (columns, row) = (width / factor, width * channels)
        let lines = fields.count / row / factor
        let share = 1 / Double(factor * factor)
        var means: [Float] = []
        means.reserveCapacity(lines * columns * channels)
        for line in 0..<lines {
            for column in 0..<columns {
                for channel in 0..<channels {
                    var sum = 0.0
                    for y in line * factor..<(line + 1) * factor {
                        for x in column * factor..<(column + 1) * factor {
                            sum += Double(fields[y * row + x * channels + channel])
                        }
                    }
                    means.append(Float(sum * share))
                }
            }
        }
        return means
    }
}
