import Kernels

/// What an operation of a forward pass computes, whatever the way in which it does so.
public enum TracedOperation: Sendable, Equatable {
    /// a + b, with broadcasting of axes of size 1.
    case add
    /// a − b, likewise.
    case subtract
    /// Σ a·b over every axis in which the result has size 1.
    case contract
    /// Sum over every axis in which the result has size 1 and the operand has not; broadcast where it is the other way round.
    case sum
    case affine(scale: Float, offset: Float)
    case power(Float)
    case sigmoid
    case softplus
    case exponential
    case logarithm
    case atLeast(Float)
    case reshape
    case slice(axis: Int, start: Int)
    case concatenate(axis: Int)
    /// Of two matrices, or of one each for every sample.
    case product(transposeA: Bool, transposeB: Bool)
    /// act(x + bias), the bias where there are two operands.
    case activation(Activation)
    /// act(x * w + bias), the bias where there are three operands; `groups` of channels by themselves.
    case convolution(ConvolutionShape, groups: Int, Activation)
    /// act(((x·style) * w)·demodulation + noise·strength + bias). Operands: x, w, style, demodulation, bias; where there is
    /// noise also noise and strength.
    case modulatedConvolution(ConvolutionShape, Activation)
    /// x / √(mean over channels of x² + ε)
    case pixelNorm(epsilon: Float)
    /// Each pixel repeated 2×2, times `gain`.
    case nearestUp(gain: Float)
    /// The sum of an image and a smaller one with each pixel repeated 2×2.
    case addNearestUp
    /// By two, with the filter [1, 3, 3, 1].
    case binomialUp(gain: Float, Padding)
    /// The largest of each 2×2 pixels.
    case maxPool
    /// Softmax(q·kᵀ)·v
    case attention
    /// act((x − mean)·scale + bias) by channel.
    case normalize(Activation)
    /// x * w with any window and stride, zeros beyond the border.
    case window(WindowShape)
    /// The adjoint of a ``window(_:)``: a transposed convolution.
    case transposedWindow(WindowShape)
    /// act((x − mean)/√(variance + ε)), mean and variance those of each channel of each sample.
    case instanceNormalize(epsilon: Float, Activation)
    /// act(x·(1 + gain) + bias), element by element.
    case modulate(Activation)
    /// 3×3 of each channel by itself, with weights of its own at each pixel, the nine of a channel side by side.
    case predictedConvolution
    /// Every so many pixels one, from the first on.
    case nearestDown(factor: Int)
}

/// A forward pass, written down operation by operation while it runs, for whoever wants it in another form.
///
/// What depends on none of the inputs is a constant, with the value that it has: what is computed of weights alone leaves no
/// operation. The batch is the first axis of inputs and results, traced with one sample.
public final class Trace: @unchecked Sendable {
    public struct Operation {
        public let kind: TracedOperation
        /// Numbers of values.
        public let operands: [Int]
        public let result: Int
    }

    /// A result that no operation explains.
    public struct Unexplained: Error, Equatable {
        /// How many operations were noted before.
        public let place: Int
    }

    private let inputCount: Int
    public private(set) var operations: [Operation] = []
    /// Of the values, by number.
    public private(set) var shapes: [[Int]] = []
    public private(set) var constants: [Int: Tensor] = [:]
    public private(set) var output = 0
    private var numbers: [Key: Int] = [:]
    /// Memory that is looked at must not be used again.
    private var kept: [BufferView] = []
    private var opaque: Set<Key> = []
    private var unexplained: Unexplained?

    private struct Key: Hashable {
        let buffer: ObjectIdentifier
        let offset: Int
        let shape: [Int]

        init(_ tensor: Tensor) {
            (buffer, offset, shape) = (ObjectIdentifier(tensor.view.buffer), tensor.view.offset, tensor.shape)
        }
    }

    /// The one that notes what this task computes.
    @TaskLocal static var current: Trace?

    /// Runs a forward pass, without recording.
    ///
    /// - Parameter inputs: of one sample.
    /// - Throws: ``Unexplained`` where something that depends on the inputs is computed by what notes nothing.
    public init(of inputs: [Tensor], _ forward: () -> Tensor) throws {
        inputCount = inputs.count
        for input in inputs { define(input) }
        let result = Tape.paused { Trace.$current.withValue(self, operation: forward) }
        if let number = numbers[Key(result)] {
            output = number
        } else if unexplained == nil {
            unexplained = Unexplained(place: operations.count)
        }
        if let unexplained { throw unexplained }
    }

    /// Numbers of the inputs, in their order.
    public var inputs: Range<Int> { 0..<inputCount }

    @discardableResult
    private func define(_ tensor: Tensor) -> Int {
        kept.append(tensor.view)
        shapes.append(tensor.shape)
        numbers[Key(tensor)] = shapes.count - 1
        opaque.remove(Key(tensor))
        return shapes.count - 1
    }

    /// - Parameter kind: nil of what cannot be written down.
    func note(_ kind: TracedOperation?, _ operands: [Tensor], _ result: Tensor) {
        let keys = operands.map(Key.init)
        guard keys.contains(where: { numbers[$0] != nil || opaque.contains($0) }) else { return }
        guard let kind, !keys.contains(where: opaque.contains) else {
            // Whoever reads it comes to the end here.
            kept.append(result.view)
            opaque.insert(Key(result))
            if kind != nil, unexplained == nil { unexplained = Unexplained(place: operations.count) }
            return
        }
        let places = zip(operands, keys).map { tensor, key -> Int in
            if let known = numbers[key] { return known }
            let number = define(tensor)
            constants[number] = tensor
            return number
        }
        operations.append(Operation(kind: kind, operands: places, result: define(result)))
    }
}

extension Trace {
    /// - Returns: the result, as it was.
    static func noting(
        _ kind: @autoclosure () -> TracedOperation?, _ operands: @autoclosure () -> [Tensor], _ result: Tensor
    ) -> Tensor {
        // Nearly always there is none: neither is made then.
        if let current { current.note(kind(), operands(), result) }
        return result
    }
}
