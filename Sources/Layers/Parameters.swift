import Autodiff
import Kernels

/// The parameters of one network: a flat buffer with named views, and beside it the untrained state.
///
/// Optimiser, moving average, reduction, checkpoint and replica check are one loop each over the flat buffer.
public final class Parameters {
    public struct Entry: Sendable {
        public let declaration: ParameterDeclaration
        public let handle: ParameterHandle
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
    /// In the order of declaration.
    private let entries: [Entry]
    private let index: [String: Entry]
    /// What forward passes read of the entries, until their values change.
    private var used: [Tensor?]
    /// Of the entries with a reparametrisation, what it makes of them until their values or its state change.
    private var prepared: [(any PreparedParameter)?]
    /// Places of what reparametrisations keep.
    let kept: Set<Int>
    /// Of state that follows means, by place, where its numbers stand among all that is noted.
    private let trackedRanges: [Int: Range<Int>]
    /// Numbers that a forward pass notes for state that follows their means.
    public let trackedCount: Int

    /// Zeros everywhere.
    public init(_ declarations: [ParameterDeclaration]) {
        var (count, stateCount) = (0, 0)
        entries = declarations.enumerated().map { place, declaration in
            let offset = declaration.isTrained ? count : stateCount
            if declaration.isTrained {
                count += declaration.layout.count
            } else {
                stateCount += declaration.layout.count
            }
            return Entry(
                declaration: declaration, handle: ParameterHandle(place: place, name: declaration.name), offset: offset)
        }
        trained = entries.filter(\.declaration.isTrained)
        untrained = entries.filter { !$0.declaration.isTrained }
        all = ParameterSelection(trained)
        used = Array(repeating: nil, count: entries.count)
        prepared = Array(repeating: nil, count: entries.count)
        var ranges: [Int: Range<Int>] = [:]
        var tracked = 0
        for entry in entries where entry.declaration.tracking != nil {
            ranges[entry.handle.place] = tracked..<tracked + entry.count
            tracked += entry.count
        }
        (trackedRanges, trackedCount) = (ranges, tracked)
        kept = entries.reduce(into: []) { places, entry in
            let state = entry.declaration.reparametrization?.state(of: entry.declaration) ?? []
            places.formUnion(state.indices.map { entry.handle.place + 1 + $0 })
        }
        values = BufferView(count: count)
        state = BufferView(count: stateCount)
        index = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
        Elementwise.fill(values, with: 0)
        Elementwise.fill(state, with: 0)
    }

    /// In the order in which they were given.
    public var declarations: [ParameterDeclaration] { entries.map(\.declaration) }

    /// Draws initial values: parameter k of network `network` from the counter (position, k, network, 0).
    public func initialize(seed: UInt64, network: UInt32) {
        for (k, entry) in (trained + untrained).enumerated() {
            let target = view(entry)
            switch entry.declaration.initial {
            case .constant(let value): Elementwise.fill(target, with: value)
            case .normal(let mean, let deviation):
                Draws.normals(key: seed, firstRow: k, c2: network, c3: 0, into: target, rowCount: target.count)
                if deviation != 1 || mean != 0 {
                    Elementwise.affine(target, scale: deviation, offset: mean, into: target)
                }
            }
        }
        for entry in trained { entry.declaration.reparametrization?.start(reparametrized(entry)) }
        didChange()
    }

    public func entry(named name: String) -> Entry? { index[name] }

    /// The stored elements of one entry, in the layout of the kernels.
    public func view(_ entry: Entry) -> BufferView {
        (entry.declaration.isTrained ? values : state).slice(entry.offset, entry.count)
    }

    /// Must follow every change of `values`: drops what was derived from them.
    public func didChange() {
        for place in used.indices {
            used[place] = nil
            prepared[place] = nil
        }
    }

    /// The tensors of a forward pass, with the run-time scale applied.
    ///
    /// - Parameters:
    ///   - differentiable: whether gradients with respect to them will be asked for.
    ///   - selection: the trained parameters that take part; all without it.
    ///   - frozen: further ones that take part, as constants.
    ///   - batch: what layers that look at the whole batch sum it with; without it they go by their moving averages.
    public func weights(
        differentiable: Bool, _ selection: ParameterSelection? = nil, frozen: ParameterSelection? = nil,
        batch: (any GlobalSummation)? = nil
    ) -> Weights {
        var tensors = [Tensor?](repeating: nil, count: entries.count)
        for entry in (selection ?? all).entries {
            let tensor = tensor(entry)
            tensors[entry.handle.place] = differentiable ? tensor.variable() : tensor
        }
        for entry in (frozen?.entries ?? []) + untrained { tensors[entry.handle.place] = tensor(entry) }
        return Weights(
            entries: entries, tensors: tensors, batch: batch,
            statistics: StatisticsRecord(trackedRanges, count: trackedCount))
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

    /// What a forward pass reads of an entry, as a constant.
    private func tensor(_ entry: Entry) -> Tensor {
        if let known = used[entry.handle.place] { return known }
        let layout = entry.declaration.layout
        let cache: TransformCache? = if case .convolution = layout { TransformCache() } else { nil }
        let tensor = Tensor(effective(entry), shape: layout.shape, cache: cache)
        used[entry.handle.place] = tensor
        return tensor
    }

    private func effective(_ entry: Entry) -> BufferView {
        let source = prepared(entry)?.used ?? view(entry)
        guard entry.declaration.scale != 1 else { return source }
        let copy = BufferView(count: entry.count)
        Elementwise.affine(source, scale: entry.declaration.scale, into: copy)
        return copy
    }

    /// What its reparametrisation makes of an entry now; nil for one without.
    func prepared(_ entry: Entry) -> (any PreparedParameter)? {
        guard let reparametrization = entry.declaration.reparametrization else { return nil }
        if let known = prepared[entry.handle.place] { return known }
        let made = reparametrization.prepared(reparametrized(entry))
        prepared[entry.handle.place] = made
        return made
    }

    /// An entry, and what its reparametrisation keeps of it.
    func reparametrized(_ entry: Entry) -> ReparametrizedParameter {
        let count = entry.declaration.reparametrization?.state(of: entry.declaration).count ?? 0
        let state = entries[entry.handle.place + 1..<entry.handle.place + 1 + count]
        return ReparametrizedParameter(
            stored: view(entry), layout: entry.declaration.layout, state: state.map(view))
    }
}
