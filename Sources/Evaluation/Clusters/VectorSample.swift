import Kernels
import Randomness

/// Which of many vectors, that come block by block, clusters are fitted to: each vector is as likely as another, and which
/// they are is a pure function of the seed.
package struct VectorSample {
    /// [as many as are taken, dimension]; whole once all vectors have come.
    package let values: BufferView
    private let dimension: Int
    /// In ascending order.
    private let chosen: [Int]
    private var taken = 0
    private var seen = 0

    /// Beyond so many, clusters of feature maps no longer change with their number, and time grows with it.
    package static let most = 1 << 15

    /// - Parameter count: of all vectors.
    package init(of count: Int, dimension: Int, seed: UInt64, most: Int = VectorSample.most) {
        self.dimension = dimension
        if count <= most {
            chosen = Array(0..<count)
        } else {
            let order = EpochPermutation(count: count, seed: seed, epoch: 0)
            chosen = (0..<most).map { order[$0] }.sorted()
        }
        values = BufferView(count: chosen.count * dimension)
    }

    /// The next vectors, [N, dimension].
    package mutating func add(_ vectors: BufferView) {
        let count = vectors.count / dimension
        while taken < chosen.count, chosen[taken] < seen + count {
            Elementwise.copy(
                vectors.slice((chosen[taken] - seen) * dimension, dimension),
                into: values.slice(taken * dimension, dimension))
            taken += 1
        }
        seen += count
    }
}
