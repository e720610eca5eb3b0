import Kernels

/// Sums over all microbatches of all ranks, for layers that look at the whole batch. Collective: all ranks ask for the
/// same sums in the same order.
public protocol GlobalSummation: AnyObject {
    /// Microbatches of the whole batch; equally many on each rank.
    var microbatches: Int { get }
    /// The sum along the fixed tree: the same bits on every rank, and on any number of ranks that is a power of two.
    ///
    /// - Parameters:
    ///   - leaves: of each of this rank's microbatches, in order, equally many numbers.
    ///   - total: of so many; the sum afterwards, NaN where it failed.
    func sum(_ leaves: [BufferView], into total: BufferView)
}

extension Tensor {
    /// K equal copies of the sum of all microbatches' tensors, of all ranks.
    ///
    /// The way back is the same sum: each of this rank's K tensors gets the gradients of the copies of all microbatches.
    /// Of first order only. A layer that calls it must not stand in a block that is computed again
    /// (``Tape/recomputed(_:)``): ranks would ask for sums that others do not.
    ///
    /// - Parameters:
    ///   - parts: of each of this rank's microbatches, in order, of one shape.
    /// - Returns: tensors of that shape, as many.
    public static func globalSums(_ parts: [Tensor], over summation: any GlobalSummation) -> [Tensor] {
        guard let shape = parts.first?.shape, parts.allSatisfy({ $0.shape == shape }) else {
            preconditionFailure("global sum: shapes \(parts.map(\.shape)), expected one or more of one shape")
        }
        precondition(
            Stretch.place == nil,
            "global sum: inside a block that backward passes compute again; take the whole-batch layer out of it")
        let total = BufferView(count: parts[0].count)
        summation.sum(parts.map(\.view), into: total)
        let sum = Tensor(total, shape: shape)
        guard Tape.isRecording, parts.contains(where: \.isDifferentiable) else { return parts.map { _ in sum } }
        let returned = ReturnedGradients(parts.count)
        let hub = Node(inputs: parts.map(\.node), shape: [0]) { g in
            precondition(
                !Tape.isRecording, "global sum: it has gradients of first order only, and these are being recorded")
            let gradient = Tensor(returned.sum(shape, over: summation), shape: shape)
            return g.wants.map { $0 ? gradient : nil }
        }
        return parts.indices.map { k in
            let node = Node(inputs: [hub], shape: shape) { g in
                returned.parts[k] = g.of.view
                // A token: it makes the pass come to the hub, behind all copies.
                return [Tensor([], shape: [0])]
            }
            return Tensor(shape: shape, view: total, node: node)
        }
    }
}

/// What comes back to the copies of a sum.
private final class ReturnedGradients {
    /// By microbatch; nil where nothing depends on the copy.
    var parts: [BufferView?]

    init(_ count: Int) { parts = Array(repeating: nil, count: count) }

    func sum(_ shape: [Int], over summation: any GlobalSummation) -> BufferView {
        let total = BufferView(count: shape.reduce(1, *))
        let leaves = parts.map { part in
            if let part { return part }
            let none = BufferView(count: total.count)
            Elementwise.fill(none, with: 0)
            return none
        }
        parts = parts.map { _ in nil }
        summation.sum(leaves, into: total)
        return total
    }
}
