import Kernels

/// A contiguous float32 array with a shape, and its place in the computation that made it.
///
/// Images are NHWC: [samples, height, width, channels]. A tensor is a value; its buffer is shared and does not change
/// as long as the tensor is in use. (Those of parameters are moved by the optimiser, between graphs.)
public struct Tensor {
    public let shape: [Int]
    public private(set) var view: BufferView
    /// The operation that made it; nil for a constant.
    let node: Node?
    /// Where kernels keep what they derive from the contents (transformed weights).
    let cache: TransformCache?

    init(shape: [Int], view: BufferView, node: Node?, cache: TransformCache? = nil) {
        precondition(
            shape.reduce(1, *) == view.count, "Tensor: shape \(shape) does not hold \(view.count) elements")
        self.shape = shape
        self.view = view
        self.node = node
        self.cache = cache
    }

    /// A constant.
    public init(_ view: BufferView, shape: [Int], cache: TransformCache? = nil) {
        self.init(shape: shape, view: view, node: nil, cache: cache)
    }

    /// A constant.
    public init(_ values: [Float], shape: [Int]) {
        self.init(shape: shape, view: BufferView(values), node: nil)
    }

    /// A constant scalar, shape [].
    public init(_ value: Float) { self.init([value], shape: []) }

    /// A tensor of one value.
    public init(repeating value: Float, shape: [Int]) {
        let view = BufferView(count: shape.reduce(1, *))
        Elementwise.fill(view, with: value)
        self.init(view, shape: shape)
    }

    /// Whether this is a constant that nobody else can see, and may therefore be computed in.
    mutating func isUnshared() -> Bool { node == nil && cache == nil && view.isUnshared() }

    public var count: Int { view.count }
    public var rank: Int { shape.count }
    /// Whether gradients flow through it.
    public var isDifferentiable: Bool { node != nil }

    /// The same values as a constant.
    public func detached() -> Tensor { Tensor(view, shape: shape, cache: cache) }

    /// The same values as a new variable: gradients can be asked for with respect to it.
    public func variable() -> Tensor {
        Tensor(shape: shape, view: view, node: Node(inputs: []), cache: cache)
    }

    /// A copy of the elements.
    public var array: [Float] { view.array }

    /// The value of a tensor with one element.
    public var scalar: Float {
        precondition(count == 1, "scalar: a tensor of shape \(shape)")
        return view.withUnsafeElements { $0[0] }
    }
}
