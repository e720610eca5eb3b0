import Randomness

/// A set's images in random order, cut into chunks that are dealt to the ranks in contiguous runs.
///
/// Chunks do not depend on how many ranks there are: what is computed of a chunk, and joined in the order of chunks, has
/// the same bits on any number of ranks. Their size is even, so that a chunk is a number of pairs.
struct ImageDeal {
    static let chunkSize = 32

    let count: Int
    private let order: EpochPermutation

    init(count: Int, seed: UInt64) {
        self.count = count
        order = EpochPermutation(count: count, seed: seed, epoch: 0)
    }

    /// Chunks; the last may be smaller than the others.
    var chunks: Int { (count + Self.chunkSize - 1) / Self.chunkSize }

    /// Places of a chunk's images in the order.
    func places(_ chunk: Int) -> Range<Int> { chunk * Self.chunkSize..<min(count, (chunk + 1) * Self.chunkSize) }

    /// The number of the image at a place.
    func number(_ place: Int) -> Int { order[place] }

    /// Numbers of a chunk's images.
    func numbers(_ chunk: Int) -> [Int] { places(chunk).map { order[$0] } }

    /// What one rank has of `items` that are dealt in runs as equal as can be.
    static func share(of items: Int, rank: Int, ranks: Int) -> Range<Int> {
        items * rank / ranks..<items * (rank + 1) / ranks
    }

    /// The rank whose share an item is in.
    static func owner(of item: Int, items: Int, ranks: Int) -> Int { ((item + 1) * ranks - 1) / items }
}
