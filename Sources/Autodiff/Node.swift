import Kernels
import Synchronization

/// One recorded operation: what it read, and how gradients go back through it.
///
/// Backward functions are written in differentiable operations, so that gradients of gradients need nothing else.
class Node {
    /// Gradients of the inputs, given the gradient of the output.
    typealias Backward = (Gradient) -> [Tensor?]

    /// What a backward function is given.
    struct Gradient {
        /// The gradient of the output.
        let of: Tensor
        /// The operation's own output, for those that asked to keep it.
        let output: Tensor?
        /// For each input, whether its gradient is wanted.
        let wants: [Bool]
    }

    /// Grows with time: a node's inputs always have smaller numbers.
    ///
    /// A node of a ``Stretch`` has the same number every time that the stretch is recorded.
    final let number: UInt64
    /// The stretch that it was recorded for, which outlives it; nil for what stays on the tape.
    final let stretch: Stretch?
    final var inputs: [Node?]
    final private(set) var backward: Backward?
    private let output: BufferView?
    private let shape: [Int]

    private static let counter = Atomic<UInt64>(0)

    static func newNumber(from source: Stretch.Numbers?) -> UInt64 {
        source?.next() ?? counter.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// - Parameters:
    ///   - number: nil for the next.
    ///   - backward: nil for leaves, and for what a backward pass does not go through on its own.
    init(
        number: UInt64? = nil, inputs: [Node?], shape: [Int] = [], keeping output: BufferView? = nil,
        backward: Backward? = nil
    ) {
        let place = Stretch.place
        self.number = number ?? Self.newNumber(from: place?.numbers)
        stretch = place?.stretch
        self.inputs = inputs
        self.backward = backward
        self.output = output
        self.shape = shape
    }

    /// The output as part of the graph. Made anew, since a node that held it would hold itself.
    final func outputTensor() -> Tensor? { output.map { Tensor(shape: shape, view: $0, node: self) } }

    /// Whether sums of gradients under this number belong to it.
    func covers(_ number: UInt64) -> Bool { number == self.number }

    /// Lets go of everything that a backward pass needs.
    func release() {
        inputs = []
        backward = nil
    }
}
