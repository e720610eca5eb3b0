import Evaluation
import Models
import Randomness
import Recipes
import Storage

/// A data set's fields in a random order, each once, at the size of a run's networks: what metrics compare with. See
/// ``RealSample``, which has the same order.
public struct FieldSample {
    private let dataset: Dataset
    private let size: MapSize
    private let order: EpochPermutation

    /// - Parameter size: the data set's, or that halved some times, as networks that stop growing earlier make it.
    public init(_ dataset: Dataset, size: MapSize, seed: UInt64) {
        self.dataset = dataset
        self.size = size
        order = EpochPermutation(count: dataset.count, seed: seed, epoch: 0)
    }

    /// The row at a place of the order.
    public func row(_ place: Int) -> Int { order[place] }

    /// The fields at these places of the order, in physical units.
    public func source(_ name: String, places: Range<Int>) -> FieldSource {
        let format = dataset.description.format
        let factor = format.height / size.height
        return FieldSource(
            name: name, count: places.count, height: size.height, width: size.width, channels: format.channels
        ) { numbers in
            let fields = try dataset.read(rows: numbers.map { order[places.lowerBound + $0] }, withMaps: false).fields
            guard factor > 1 else { return fields }
            // Means are those of what networks see, as in training.
            let means = FieldMeans.down(
                format.normalized(fields), height: format.height, width: format.width,
                channels: format.channels.count, factor: factor)
            return format.physical(means).values
        }
    }

    /// What generators that are conditioned are told of the data set's rows; nil of others.
    ///
    /// - Throws: ``DatasetError`` where the data set has no such conditions.
    public func conditions(labelDim: Int, vector: VectorFormat?) throws -> DatasetConditions? {
        guard labelDim > 0 else { return nil }
        if let vector {
            guard let own = dataset.description.vector, own.count == vector.count else {
                throw DatasetError.badData(
                    "\(dataset.folder): has \(dataset.description.vector.map { "\($0.count)" } ?? "no") numbers beside each "
                        + "sample, but \(vector.count) condition the generator; expected the data set that it was trained on"
                )
            }
            // By the generator's own transforms: the data set's may be others by now.
            let physical = own.physical(try dataset.allVectors()).values
            return .vectors(vector.normalized(physical), components: vector.count)
        }
        guard let labels = dataset.labels, dataset.description.classes == labelDim else {
            throw DatasetError.badData(
                "\(dataset.folder): has \(dataset.description.classes) classes, but \(labelDim) condition the generator; "
                    + "expected the data set that it was trained on")
        }
        return .classes(labels)
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
