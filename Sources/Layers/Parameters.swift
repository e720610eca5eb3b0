import Autodiff
import Kernels

/// A parameter before it has values.
public struct ParameterDeclaration: Sendable {
    public enum Initial: Sendable {
        /// N(0, deviation²)
        case normal(deviation: Float)
        case constant(Float)
    }

    /// As in the reference state dictionary.
    public var name: String
    public var layout: ParameterLayout
    public var initial: Initial
    /// Equalised learning rate (arXiv 1710.10196, section 4.1): what the value is multiplied by when it is used.
    public var scale: Float
    /// False for state that no gradient moves (the reference's buffers).
    public var isTrained: Bool

    public init(
        _ name: String, _ layout: ParameterLayout, initial: Initial, scale: Float = 1, isTrained: Bool = true
    ) {
        self.name = name
        self.layout = layout
        self.initial = initial
        self.scale = scale
        self.isTrained = isTrained
    }
}

/// The parameters of one network: a flat buffer with named views, and beside it the untrained state.
///
/// Optimiser, moving average, reduction, checkpoint and replica check are one loop each over the flat buffer.
public final class Parameters {
    public struct Entry: Sendable {
        public let declaration: ParameterDeclaration
        /// First element in `values` (trained) or `state` (not trained).
        public let offset: Int
        public var name: String { declaration.name }
        public var count: Int { declaration.layout.count }
    }

    /// Trained parameters, in the order of declaration.
    public let trained: [Entry]
    /// Untrained state, in the order of declaration.
    public let untrained: [Entry]
    /// All trained parameters.
    public let all: ParameterSelection
    public let values: BufferView
    public let state: BufferView
    private let index: [String: Entry]
    private var caches: [String: TransformCache] = [:]
    private var scaled: [String: BufferView] = [:]

    /// Zeros everywhere.
    public init(_ declarations: [ParameterDeclaration]) {
        func laidOut(_ chosen: [ParameterDeclaration]) -> ([Entry], Int) {
            var offset = 0
            let entries = chosen.map { declaration in
                defer { offset += declaration.layout.count }
                return Entry(declaration: declaration, offset: offset)
            }
            return (entries, offset)
        }
        let (trained, count) = laidOut(declarations.filter(\.isTrained))
        let (untrained, stateCount) = laidOut(declarations.filter { !$0.isTrained })
        self.trained = trained
        self.untrained = untrained
        all = ParameterSelection(trained)
        values = BufferView(count: count)
        state = BufferView(count: stateCount)
        index = Dictionary(uniqueKeysWithValues: (trained + untrained).map { ($0.name, $0) })
        Elementwise.fill(values, with: 0)
        Elementwise.fill(state, with: 0)
    }

    public var declarations: [ParameterDeclaration] { (trained + untrained).map(\.declaration) }

    /// Draws initial values: parameter k of network `network` from the counter (position, k, network, 0).
    public func initialize(seed: UInt64, network: UInt32) {
        for (k, entry) in (trained + untrained).enumerated() {
            let target = view(entry)
            switch entry.declaration.initial {
            case .constant(let value): Elementwise.fill(target, with: value)
            case .normal(let deviation):
                Draws.normals(key: seed, firstRow: k, c2: network, c3: 0, into: target, rowCount: target.count)
                if deviation != 1 { Elementwise.affine(target, scale: deviation, into: target) }
            }
        }
        didChange()
    }

    public func entry(named name: String) -> Entry? { index[name] }

    /// The stored elements of one entry, in the layout of the kernels.
    public func view(_ entry: Entry) -> BufferView {
        (entry.declaration.isTrained ? values : state).slice(entry.offset, entry.count)
    }

    /// Must follow every change of `values`: drops what was derived from them.
    public func didChange() {
        caches.removeAll(keepingCapacity: true)
        scaled.removeAll(keepingCapacity: true)
    }

    /// The tensors of a forward pass, with the run-time scale applied.
    ///
    /// - Parameters:
    ///   - differentiable: whether gradients with respect to them will be asked for.
    ///   - selection: the trained parameters that take part; all without it.
    public func weights(differentiable: Bool, _ selection: ParameterSelection? = nil) -> Weights {
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(index.count)
        for entry in (selection ?? all).entries {
            let tensor = Tensor(effective(entry), shape: entry.declaration.layout.shape, cache: cache(entry))
            tensors[entry.name] = differentiable ? tensor.variable() : tensor
        }
        for entry in untrained { tensors[entry.name] = Tensor(view(entry), shape: entry.declaration.layout.shape) }
        return Weights(tensors: tensors)
    }

    /// Copies gradients of all trained parameters into memory laid out like `values`, times the run-time scale.
    ///
    /// - Parameter gradients: in the order of `trained`; nil is zero.
    public func flatten(_ gradients: [Tensor?], into flat: BufferView) {
        flat.withUnsafeElements { all.flatten(gradients, into: $0) }
    }

    /// Makes this a copy of `other`, which has the same declarations.
    public func copy(from other: Parameters) {
        Elementwise.copy(other.values, into: values)
        Elementwise.copy(other.state, into: state)
        didChange()
    }

    private func effective(_ entry: Entry) -> BufferView {
        guard entry.declaration.scale != 1 else { return view(entry) }
        if let known = scaled[entry.name] { return known }
        let copy = BufferView(count: entry.count)
        Elementwise.affine(view(entry), scale: entry.declaration.scale, into: copy)
        scaled[entry.name] = copy
        return copy
    }

    private func cache(_ entry: Entry) -> TransformCache? {
        guard case .convolution = entry.declaration.layout else { return nil }
        if let known = caches[entry.name] { return known }
        let cache = TransformCache()
        caches[entry.name] = cache
        return cache
    }
}

/// The tensors that a forward pass reads, by name.
public struct Weights {
    let tensors: [String: Tensor]

    public subscript(name: String) -> Tensor {
        guard let tensor = tensors[name] else { preconditionFailure("no parameter is named \(name)") }
        return tensor
    }
}
