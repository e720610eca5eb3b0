import Cluster

/// Parts of a deal, in rounds that all ranks begin and end together.
///
/// Ranks are not equally fast, and may not keep each other waiting for long: `cluster.stall_seconds`. So a rank is never
/// further ahead of the others than a part, even where images are many and slow.
extension ImageDeal {
    /// Samples that are in memory together: all of a chunk up to 64 MB of floats, at least 8.
    ///
    /// It divides ``chunkSize``, and is a multiple of the eight that go through generators and Inception-v3 at once.
    ///
    /// - Parameter size: values of a sample.
    static func together(size: Int) -> Int {
        var count = chunkSize
        while count > 8, count * size > 1 << 24 { count /= 2 }
        return count
    }

    /// Collective. Calls `body` with the places of this rank's share, `size` at a time, in order.
    ///
    /// - Parameter size: a divisor of ``chunkSize``; the same on all ranks.
    /// - Throws: on all ranks where `body` throws on one; see ``Communicator/agree(on:)``.
    func forEachPart(
        of size: Int = chunkSize, _ communicator: any Communicator, _ body: (_ places: Range<Int>) throws -> Void
    ) throws {
        precondition(size > 0 && Self.chunkSize % size == 0, "ImageDeal: parts of \(size)")
        let starts = FeatureSet.starts(of: count, ranks: communicator.size)
        let own = starts[communicator.rank]..<starts[communicator.rank + 1]
        // As many as the largest share has.
        let longest = zip(starts, starts.dropFirst()).reduce(0) { max($0, $1.1 - $1.0) }
        for round in 0..<(longest + size - 1) / size {
            let first = own.lowerBound + round * size
            var failure: (any Error)?
            if first < own.upperBound {
                do { try body(first..<min(own.upperBound, first + size)) } catch { failure = error }
            }
            try communicator.agree(on: failure)
        }
    }
}
