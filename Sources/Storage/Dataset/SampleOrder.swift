import Randomness

/// Which row stands at which position of a run.
public struct SampleOrder: Sendable {
    /// Samples in an epoch: the rows, twice with mirror images.
    public let epochSize: Int
    private let count: Int
    private let seed: UInt64
    /// Rows that take part; nil for all.
    private let chosen: [Int]?

    public init(count: Int, seed: UInt64, mirror: Bool) {
        self.count = count
        self.seed = seed
        chosen = nil
        epochSize = mirror ? 2 * count : count
    }

    /// Of some rows alone.
    ///
    /// - Parameter rows: at least one, each once.
    public init(rows: [Int], seed: UInt64, mirror: Bool = false) {
        count = rows.count
        self.seed = seed
        chosen = rows
        epochSize = mirror ? 2 * count : count
    }

    /// The row at `position`, counted from the start of the run, and whether it is flipped from left to right.
    public subscript(position: Int) -> (row: Int, isFlipped: Bool) {
        let permutation = EpochPermutation(count: epochSize, seed: seed, epoch: UInt64(position / epochSize))
        let sample = permutation[position % epochSize]
        let isFlipped = sample >= count
        let number = isFlipped ? sample - count : sample
        return (chosen?[number] ?? number, isFlipped)
    }
}
