import Randomness
import Recipes
import Storage

/// A data set's rows in a random order, each once: in which metrics look at its samples, and generated samples get their
/// conditions.
public struct ShuffledRows: Sendable {
    let dataset: Dataset
    private let order: EpochPermutation

    init(_ dataset: Dataset, seed: UInt64) {
        self.dataset = dataset
        order = EpochPermutation(count: dataset.count, seed: seed, epoch: 0)
    }

    /// The row at a place of the order.
    public subscript(place: Int) -> Int { order[place] }

    /// Those at the places `first` + 0, 1, … of the order.
    func rows(_ numbers: [Int], from first: Int) -> [Int] { numbers.map { order[first + $0] } }

    /// What a generator that is conditioned is told of the samples that are compared with these; nil of others.
    ///
    /// - Parameters:
    ///   - labelDim: the generator's.
    ///   - vector: of the numbers that condition it; nil without.
    /// - Throws: ``DatasetError`` where the data set has no such conditions.
    public func conditions(labelDim: Int, vector: VectorFormat?) throws -> PairedConditions? {
        guard labelDim > 0 else { return nil }
        return PairedConditions(try all(labelDim: labelDim, vector: vector)) { order[$0] }
    }

    private func all(labelDim: Int, vector: VectorFormat?) throws -> DatasetConditions {
        if let vector {
            guard let own = dataset.description.vector, own.count == vector.count else {
                throw DatasetError.badData(
                    "\(dataset.folder): has \(dataset.description.vector.map { "\($0.count)" } ?? "no") numbers beside each "
                        + "sample, but \(vector.count) condition the generator; expected the data set that it was trained on"
                )
            }
            let values = try dataset.allVectors()
            // By the generator's own transforms: the data set's may be others by now.
            return .vectors(
                own == vector ? values : vector.normalized(own.physical(values).values), components: vector.count)
        }
        guard let labels = dataset.labels, dataset.description.classes == labelDim else {
            throw DatasetError.badData(
                "\(dataset.folder): has \(dataset.description.classes) classes, but \(labelDim) condition the generator; "
                    + "expected the data set that it was trained on")
        }
        return .classes(labels)
    }
}
