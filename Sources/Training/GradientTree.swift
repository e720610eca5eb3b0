import Cluster
import Models

/// Sums a network's gradients, and the measurements behind them, over all microbatches of all ranks along the fixed
/// tree.
final class GradientTree {
    /// The sum, laid out like the network's values; valid after `sum`.
    let gradient: BufferView
    /// The sum of what stood behind the gradients; valid after `sum`.
    private(set) var tail: [Float] = []

    private let parameters: Parameters
    private let flat: BufferView
    private let tree: SummationTree
    private let communicator: any Communicator
    private let tailCount: Int

    init(_ parameters: Parameters, tail: Int, _ communicator: any Communicator) {
        self.parameters = parameters
        self.communicator = communicator
        tailCount = tail
        flat = BufferView(count: parameters.values.count + tail)
        gradient = flat.slice(0, parameters.values.count)
        tree = SummationTree(count: flat.count)
    }

    func reset() { tree.reset() }

    func add(_ gradients: [Tensor?], tail: [Float]) {
        precondition(tail.count == tailCount, "gradient tree: \(tail.count) values behind the gradients")
        let leaf = tree.nextLeaf()
        parameters.flatten(gradients, into: leaf)
        for (i, value) in tail.enumerated() { leaf[gradient.count + i] = value }
        tree.commitLeaf()
    }

    /// A leaf of zeros for a microbatch that has no part in a phase: the tree keeps its leaves on any number of ranks.
    func addNothing() {
        tree.nextLeaf().update(repeating: 0)
        tree.commitLeaf()
    }

    func sum() throws {
        let total = tree.total()
        try communicator.sumAlongTree(total)
        flat.withUnsafeElements { _ = $0.update(fromContentsOf: total) }
        tail = Array(total[gradient.count...])
    }
}
