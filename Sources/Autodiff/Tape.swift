import CKernels
import Synchronization

/// One recorded operation: what it read, and how gradients go back through it.
///
/// Backward functions are written in differentiable operations, so that gradients of gradients need nothing else.
final class Node {
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
    let number: UInt64
    fileprivate(set) var inputs: [Node?]
    fileprivate(set) var backward: Backward?
    private let output: BufferView?
    private let shape: [Int]

    private static let counter = Atomic<UInt64>(0)

    init(leafOf tensor: Tensor) {
        number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        inputs = []
        backward = nil
        output = nil
        shape = tensor.shape
    }

    init(inputs: [Tensor], shape: [Int], keeping output: BufferView?, backward: @escaping Backward) {
        number = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        self.inputs = inputs.map(\.node)
        self.backward = backward
        self.output = output
        self.shape = shape
    }

    /// The output as part of the graph. Made anew, since a node that held it would hold itself.
    func outputTensor() -> Tensor? { output.map { Tensor(shape: shape, view: $0, node: self) } }

    fileprivate func release() {
        inputs = []
        backward = nil
    }
}

/// Whether operations are recorded, per thread.
public enum Tape {
    public static var isRecording: Bool { ck_thread_flag() == 0 }

    /// Runs `body` without recording: no gradients, no memory kept.
    public static func paused<Result>(_ body: () throws -> Result) rethrows -> Result {
        try setting(recording: false, body)
    }

    fileprivate static func setting<Result>(recording: Bool, _ body: () throws -> Result) rethrows -> Result {
        let old = ck_thread_flag()
        ck_set_thread_flag(recording ? 0 : 1)
        defer { ck_set_thread_flag(old) }
        return try body()
    }

    /// Makes an operation's result; recorded only when something may want its gradient.
    static func record(
        _ inputs: [Tensor], shape: [Int], _ view: BufferView, keepsOutput: Bool = false,
        backward: @escaping Node.Backward
    ) -> Tensor {
        guard isRecording, inputs.contains(where: \.isDifferentiable) else { return Tensor(view, shape: shape) }
        return Tensor(
            shape: shape, view: view,
            node: Node(inputs: inputs, shape: shape, keeping: keepsOutput ? view : nil, backward: backward))
    }
}

/// The gradients of Σ output·seed with respect to `variables`.
///
/// - Parameters:
///   - seed: shape of `output`; ones when nil.
///   - recording: whether the gradients themselves can be differentiated. If not, the graph is used up.
/// - Returns: for each variable a gradient of its shape; nil where `output` does not depend on it.
public func gradients(
    of output: Tensor, seed: Tensor? = nil, with variables: [Tensor], recording: Bool = false
) -> [Tensor?] {
    if let seed {
        precondition(seed.shape == output.shape, "gradients: a seed \(seed.shape) for an output \(output.shape)")
    }
    let targets = Set(variables.compactMap { $0.node.map(ObjectIdentifier.init) })
    guard let root = output.node, !targets.isEmpty else { return variables.map { _ in nil } }
    let order = nodesLeading(to: targets, from: root)
    let needed = Set(order.map(ObjectIdentifier.init))
    guard needed.contains(ObjectIdentifier(root)) else { return variables.map { _ in nil } }

    return Tape.setting(recording: recording) {
        var sums: [ObjectIdentifier: Tensor] = [:]
        sums[ObjectIdentifier(root)] = seed ?? Tensor(repeating: 1, shape: output.shape)
        for node in order {
            let id = ObjectIdentifier(node)
            guard let gradient = targets.contains(id) ? sums[id] : sums.removeValue(forKey: id) else { continue }
            guard let backward = node.backward else { continue }
            let wants = node.inputs.map { input in input.map { needed.contains(ObjectIdentifier($0)) } ?? false }
            if wants.contains(true) {
                let parts = backward(
                    Node.Gradient(
                        of: gradient, output: recording ? node.outputTensor() : node.outputTensor()?.detached(),
                        wants: wants))
                for (input, part) in zip(node.inputs, parts) {
                    guard let input, let part, needed.contains(ObjectIdentifier(input)) else { continue }
                    let inputID = ObjectIdentifier(input)
                    sums[inputID] = sums[inputID].map { $0 + part } ?? part
                }
            }
            if !recording { node.release() }
        }
        return variables.map { variable in variable.node.flatMap { sums[ObjectIdentifier($0)] } }
    }
}

/// The nodes between `root` and the targets, latest first.
private func nodesLeading(to targets: Set<ObjectIdentifier>, from root: Node) -> [Node] {
    var reachable: [Node] = []
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(root)]
    var pending = [root]
    while let node = pending.popLast() {
        reachable.append(node)
        for case let input? in node.inputs where seen.insert(ObjectIdentifier(input)).inserted {
            pending.append(input)
        }
    }
    reachable.sort { $0.number < $1.number }
    var leading = targets
    var result: [Node] = []
    for node in reachable {
        let leads =
            leading.contains(ObjectIdentifier(node))
            || node.inputs.contains { $0.map { leading.contains(ObjectIdentifier($0)) } ?? false }
        if leads {
            leading.insert(ObjectIdentifier(node))
            result.append(node)
        }
    }
    return result.reversed()
}
