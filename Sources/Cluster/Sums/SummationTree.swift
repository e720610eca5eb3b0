/// Sums flat gradients, one per microbatch, along a fixed binary tree inside a rank.
///
/// It works like a binary counter: leaf k joins the finished subtree of one leaf, the two join that of two, and so on,
/// always the earlier on the left. When ranks hold equal, contiguous runs of 2^k leaves and are then summed with
/// `Communicator.sumAlongTree`, every element is summed along one and the same tree over all leaves, so the result has
/// the same bits however the leaves are shared. With a number of leaves that is no power of two the remaining subtrees
/// are joined from the right, smallest first: deterministic, but equal to other divisions only to rounding.
///
/// At most log2(leaves) + 1 buffers are ever allocated, and kept for the next step. One thread at a time.
///
/// ```swift
/// let tree = SummationTree(count: parameters)
/// for microbatch in microbatches {
///     let leaf = tree.nextLeaf()          // write the gradient here
///     tree.commitLeaf()
/// }
/// try communicator.sumAlongTree(tree.total())
/// tree.reset()
/// ```
public final class SummationTree {
    /// Elements of a leaf.
    public let count: Int
    /// Leaves committed since the last reset.
    public private(set) var leaves = 0
    /// `subtrees[k]`: the finished sum of 2^k leaves, if the binary digit k of `leaves` is set.
    private var subtrees: [AlignedFloats?] = []
    private var spare: [AlignedFloats] = []
    private var open: AlignedFloats?
    private var finished: AlignedFloats?
    /// Elements of the open leaf that were already joined by `commitLastLeaf`.
    private var joined = 0

    public init(count: Int) {
        precondition(count >= 0, "SummationTree: \(count) elements")
        self.count = count
    }

    /// Buffers allocated so far, for memory estimates and tests.
    public var buffers: Int {
        subtrees.count { $0 != nil } + spare.count + (open == nil ? 0 : 1) + (finished == nil ? 0 : 1)
    }

    /// Memory to write the next leaf into, contents undefined. Asked again before the commit: the same memory.
    public func nextLeaf() -> UnsafeMutableBufferPointer<Float> {
        precondition(finished == nil, "SummationTree: a leaf after total(); call reset() first")
        if let open { return open.elements }
        let leaf = spare.popLast() ?? AlignedFloats(count: count)
        open = leaf
        return leaf.elements
    }

    /// Joins the leaf that `nextLeaf` gave to the tree.
    public func commitLeaf() {
        guard var carry = open else { preconditionFailure("SummationTree: commitLeaf() without nextLeaf()") }
        precondition(joined == 0, "SummationTree: commitLeaf() after commitLastLeaf(); join the rest that way too")
        open = nil
        leaves += 1
        var level = 0
        while level < subtrees.count, let left = subtrees[level] {
            left.elements.accumulate(carry.elements)
            spare.append(carry)
            subtrees[level] = nil
            carry = left
            level += 1
        }
        if level == subtrees.count { subtrees.append(nil) }
        subtrees[level] = carry
    }

    /// Copies a leaf and commits it.
    public func add(_ leaf: UnsafeBufferPointer<Float>) {
        precondition(leaf.count == count, "SummationTree: a leaf of \(leaf.count) elements, expected \(count)")
        _ = nextLeaf().update(fromContentsOf: leaf)
        commitLeaf()
    }

    /// Copies a leaf and commits it.
    public func add(_ leaf: [Float]) { leaf.withUnsafeBufferPointer { add($0) } }

    /// The sum over all leaves. Stays valid, and may be changed in place, until `reset`.
    public func total() -> UnsafeMutableBufferPointer<Float> {
        if let finished { return finished.elements }
        precondition(open == nil, "SummationTree: total() while a leaf is open; call commitLeaf() first")
        precondition(leaves > 0, "SummationTree: total() of no leaves")
        return finish(joinPending(0..<count, to: nil))
    }

    /// Joins a range of the open leaf, which is the last one of the step, and returns the finished sum there.
    ///
    /// For sums that travel while the backward pass still writes other ranges of the leaf. The ranges must not overlap;
    /// after they have covered all elements the leaf is committed and `total` may be asked for. The result has the bits
    /// of `commitLeaf` and `total`.
    public func commitLastLeaf(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
        guard let last = open else { preconditionFailure("SummationTree: commitLastLeaf() without nextLeaf()") }
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "SummationTree: range \(range) of \(count) elements")
        joined += range.count
        precondition(joined <= count, "SummationTree: ranges given to commitLastLeaf() overlap")
        let top = joinPending(range, to: last)
        if joined == count {
            open = nil
            leaves += 1
            if top !== last { spare.append(last) }
            _ = finish(top)
        }
        return top.elements.part(range)
    }

    /// Forgets all leaves and keeps the memory.
    public func reset() {
        spare += subtrees.compactMap { $0 }
        if let open { spare.append(open) }
        if let finished { spare.append(finished) }
        subtrees = []
        open = nil
        finished = nil
        leaves = 0
        joined = 0
    }

    /// Joins the subtrees from the right, smallest first, in a range; the result lies in the largest.
    private func joinPending(_ range: Range<Int>, to last: AlignedFloats?) -> AlignedFloats {
        var right = last
        for left in subtrees.lazy.compactMap({ $0 }) {
            if let right { left.elements.part(range).accumulate(right.elements.part(range)) }
            right = left
        }
        guard let right else { preconditionFailure("SummationTree: no leaves") }
        return right
    }

    private func finish(_ top: AlignedFloats) -> UnsafeMutableBufferPointer<Float> {
        spare += subtrees.compactMap { $0 }.filter { $0 !== top }
        subtrees = []
        finished = top
        return top.elements
    }
}
