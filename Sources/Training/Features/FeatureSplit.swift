import Randomness

/// Which images of a data set a feature network learns from, and which it never sees until it is examined.
///
/// A pure function of the data set's size: networks of other seeds are examined with the same images.
package struct FeatureSplit {
    /// Rows, ascending.
    package let trained: [Int]
    /// Rows, ascending.
    package let heldOut: [Int]

    /// Fewer images cannot be learned from.
    package static let fewestImages = 16
    /// The draw's own stream.
    private static let key: UInt64 = 0x6865_6C64_5F6F_7574

    /// A twentieth is held out, but some hundred images where there are so many, never more than a quarter, and no more
    /// than a percentage needs.
    package init(count: Int) {
        precondition(count >= Self.fewestImages, "feature split: \(count) images")
        let number = min(count / 4, max(400, min(count / 20, 10_000)))
        let order = EpochPermutation(count: count, seed: Self.key, epoch: 0)
        heldOut = (0..<number).map { order[$0] }.sorted()
        let isHeldOut = Set(heldOut)
        trained = (0..<count).filter { !isHeldOut.contains($0) }
    }
}
