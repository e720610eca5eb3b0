/// Sums for layers that look at the whole batch, over all microbatches of all ranks, along the tree that gradients are
/// summed along: the same bits on every rank, and on any number of ranks that is a power of two.
///
/// They have a channel of their own, so that they may be made, one after another, while a ``SumQueue`` sums gradients on
/// its thread. One thread at a time; all ranks make the same sums in the same order.
public final class BatchSums {
    /// What the sums since the last `takeCost` cost.
    public struct Cost: Sendable, Equatable {
        public var sums = 0
        /// Sent by this rank.
        public var bytes = 0
        /// Waiting for slower ranks included.
        public var seconds = 0.0

        public init() {}
    }

    /// Microbatches of the whole batch.
    public let microbatches: Int
    private let communicator: any Communicator
    private let microbatchesPerRank: Int
    /// By the length of what is summed.
    private var trees: [Int: SummationTree] = [:]
    private var failure: (any Error)?
    private var cost = Cost()

    /// - Parameter microbatches: of the whole batch; equally many on each rank.
    public init(_ communicator: any Communicator, microbatches: Int) {
        precondition(
            microbatches > 0 && microbatches % communicator.size == 0,
            "BatchSums: \(microbatches) microbatches on \(communicator.size) ranks")
        self.communicator = communicator
        self.microbatches = microbatches
        microbatchesPerRank = microbatches / communicator.size
    }

    /// Collective. The sum of all microbatches' numbers. Once a sum has failed, no other is made, and all of them are NaN:
    /// layers have no way to tell; who runs them asks ``check()``.
    ///
    /// - Parameters:
    ///   - total: the sum afterwards.
    ///   - leaves: this rank's microbatches.
    ///   - write: fills in the numbers of one of them, as many as the sum has.
    public func sum(
        into total: UnsafeMutableBufferPointer<Float>, leaves: Int,
        write: (Int, UnsafeMutableBufferPointer<Float>) -> Void
    ) {
        precondition(
            leaves == microbatchesPerRank,
            "BatchSums: numbers of \(leaves) microbatches, expected \(microbatchesPerRank)")
        guard failure == nil else { return total.update(repeating: .nan) }
        let start = ContinuousClock.now
        let tree = trees[total.count] ?? SummationTree(count: total.count)
        trees[total.count] = tree
        for leaf in 0..<leaves {
            write(leaf, tree.nextLeaf())
            tree.commitLeaf()
        }
        _ = total.update(fromContentsOf: tree.total())
        tree.reset()
        do {
            cost.bytes += try communicator.sumOfBatch(total)
            cost.sums += 1
        } catch {
            failure = error
            total.update(repeating: .nan)
        }
        cost.seconds += start.secondsAgo
    }

    /// To be asked after each pass.
    ///
    /// - Throws: the error of the first sum that failed.
    public func check() throws { if let failure { throw failure } }

    /// What sums have cost since it was asked last.
    public func takeCost() -> Cost {
        defer { cost = Cost() }
        return cost
    }
}
