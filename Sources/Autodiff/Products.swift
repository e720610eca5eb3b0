import Kernels
import Synchronization

/// Counts the arithmetic of convolutions, as if each were computed directly.
public enum OperationCount {
    private static let total = Atomic<Int>(0)

    /// Multiplications and additions of all convolutions and their gradients so far.
    public static var convolutions: Int { total.load(ordering: .relaxed) }

    fileprivate static func add(_ shape: ConvolutionShape) {
        total.add(shape.arithmetic, ordering: .relaxed)
    }
}

extension Tensor {
    /// The matrix product op(a)·op(b) of two matrices.
    public static func product(
        _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
    ) -> Tensor {
        precondition(a.rank == 2 && b.rank == 2, "matrix product: shapes \(a.shape) and \(b.shape)")
        let rows = a.shape[transposeA ? 1 : 0]
        let depth = a.shape[transposeA ? 0 : 1]
        let columns = b.shape[transposeB ? 0 : 1]
        precondition(
            b.shape[transposeB ? 1 : 0] == depth,
            "matrix product: \(a.shape)\(transposeA ? "ᵀ" : "") times \(b.shape)\(transposeB ? "ᵀ" : "")")
        let out = BufferView(count: rows * columns)
        MatrixProduct.multiply(
            a.view, b.view, into: out, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
            transposeB: transposeB)
        return Tape.record([a, b], shape: [rows, columns], out) { g in
            [
                g.wants[0]
                    ? (transposeA
                        ? .product(b, g.of, transposeA: transposeB, transposeB: true)
                        : .product(g.of, b, transposeB: !transposeB)) : nil,
                g.wants[1]
                    ? (transposeB
                        ? .product(g.of, a, transposeA: true, transposeB: transposeA)
                        : .product(a, g.of, transposeA: !transposeA)) : nil,
            ]
        }
    }

    /// The convolution of images x [N, H, W, C] with weights w [k, k, C, K].
    ///
    /// The convolution, its gradient in x and its gradient in w are three operations; each one's gradients are the
    /// other two, as all three are linear in both operands.
    public static func convolution(
        _ x: Tensor, _ w: Tensor, stride: Int = 1, resampling: ConvolutionShape.Resampling = .none
    ) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[0] == w.shape[1] && w.shape[2] == x.shape[3],
            "convolution: images \(x.shape) with weights \(w.shape)")
        let shape = ConvolutionShape(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], inputChannels: x.shape[3],
            outputChannels: w.shape[3], kernel: w.shape[0], stride: stride, resampling: resampling)
        return convolution(x, w, shape)
    }

    private static func convolution(_ x: Tensor, _ w: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.outputCount)
        OperationCount.add(shape)
        Convolution.forward(x.view, w.view, into: out, shape: shape, cache: w.cache)
        return Tape.record([x, w], shape: shape.outputShape, out) { g in
            [
                g.wants[0] ? inputGradient(g.of, w, shape) : nil,
                g.wants[1] ? weightGradient(x, g.of, shape) : nil,
            ]
        }
    }

    private static func inputGradient(_ g: Tensor, _ w: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.inputCount)
        OperationCount.add(shape)
        Convolution.inputGradient(g.view, w.view, into: out, shape: shape, cache: w.cache)
        return Tape.record([g, w], shape: shape.inputShape, out) { u in
            [
                u.wants[0] ? convolution(u.of, w, shape) : nil,
                u.wants[1] ? weightGradient(u.of, g, shape) : nil,
            ]
        }
    }

    private static func weightGradient(_ x: Tensor, _ g: Tensor, _ shape: ConvolutionShape) -> Tensor {
        let out = BufferView(count: shape.weightCount)
        OperationCount.add(shape)
        Convolution.weightGradient(x.view, g.view, into: out, shape: shape)
        return Tape.record([x, g], shape: shape.weightShape, out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, shape) : nil,
                u.wants[1] ? convolution(x, u.of, shape) : nil,
            ]
        }
    }

    /// Images upsampled by two with the [1, 3, 3, 1] filter (gain 4), times `gain`.
    public func upsampled(gain: Float = 1) -> Tensor {
        precondition(rank == 4, "upsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: 4 * count)
        Resampling.up(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, 2 * h, 2 * w, c], out) { g in [g.of.downsampled(gain: 4 * gain)] }
    }

    /// Images downsampled by two with the [1, 3, 3, 1] filter, times `gain`.
    public func downsampled(gain: Float = 1) -> Tensor {
        precondition(rank == 4, "downsampling: shape \(shape)")
        let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
        let out = BufferView(count: count / 4)
        Resampling.down(view, into: out, batch: n, height: h, width: w, channels: c, gain: gain)
        return Tape.record([self], shape: [n, h / 2, w / 2, c], out) { g in [g.of.upsampled(gain: gain / 4)] }
    }
}

extension ConvolutionShape {
    fileprivate var inputShape: [Int] { [batch, height, width, inputChannels] }
    fileprivate var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }
    fileprivate var weightShape: [Int] { [kernel, kernel, inputChannels, outputChannels] }
}
