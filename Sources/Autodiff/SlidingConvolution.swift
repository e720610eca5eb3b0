import Kernels

extension Tensor {
    /// The convolution of images x [N, H, W, C] with weights w [k, k, C, K], any kernel and stride, zeros beyond the border.
    ///
    /// For what ``convolution(_:_:stride:resampling:)`` does not have, such as 4×4. Convolution, its gradient in x and its
    /// gradient in w are three operations; each one's gradients are the other two.
    ///
    /// - Parameter padding: rows and columns of zeros on each side.
    /// - Returns: [N, H', W', K], H' being (H + 2·padding − k)/stride + 1, rounded down.
    public static func slidingConvolution(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[2] == x.shape[3],
            "sliding convolution: images \(x.shape) with weights \(w.shape)")
        return forward(x, w, SlidingConvolution(images: x.shape, weights: w.shape, stride: stride, padding: padding))
    }

    /// The transposed convolution of images x [N, H, W, K]: the adjoint of the convolution with the same weights.
    ///
    /// - Parameter w: [k, k, C, K], as of the convolution that it is the adjoint of; PyTorch has [K, C, k, k].
    /// - Returns: [N, H', W', C], H' being (H − 1)·stride + k − 2·padding.
    public static func transposedConvolution(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[3] == x.shape[3],
            "transposed convolution: images \(x.shape) with weights \(w.shape)")
        let size = { (n: Int, k: Int) in (n - 1) * stride + k - 2 * padding }
        let images = [x.shape[0], size(x.shape[1], w.shape[0]), size(x.shape[2], w.shape[1]), w.shape[2]]
        return inputGradient(
            x, w, SlidingConvolution(images: images, weights: w.shape, stride: stride, padding: padding))
    }

    private static func forward(_ x: Tensor, _ w: Tensor, _ convolution: SlidingConvolution) -> Tensor {
        let out = BufferView(count: convolution.outputCount)
        OperationCount.add(convolution)
        convolution.forward(x.view, w.view, into: out)
        return Tape.record([x, w], shape: convolution.outputShape, out) { g in
            [
                g.wants[0] ? inputGradient(g.of, w, convolution) : nil,
                g.wants[1] ? weightGradient(x, g.of, convolution) : nil,
            ]
        }
    }

    private static func inputGradient(_ g: Tensor, _ w: Tensor, _ convolution: SlidingConvolution) -> Tensor {
        let out = BufferView(count: convolution.inputCount)
        OperationCount.add(convolution)
        convolution.inputGradient(g.view, w.view, into: out)
        return Tape.record([g, w], shape: convolution.inputShape, out) { u in
            [
                u.wants[0] ? forward(u.of, w, convolution) : nil,
                u.wants[1] ? weightGradient(u.of, g, convolution) : nil,
            ]
        }
    }

    private static func weightGradient(_ x: Tensor, _ g: Tensor, _ convolution: SlidingConvolution) -> Tensor {
        let out = BufferView(count: convolution.weightCount)
        OperationCount.add(convolution)
        convolution.weightGradient(x.view, g.view, into: out)
        return Tape.record([x, g], shape: convolution.weightShape, out) { u in
            [
                u.wants[0] ? inputGradient(g, u.of, convolution) : nil,
                u.wants[1] ? forward(x, u.of, convolution) : nil,
            ]
        }
    }
}

extension SlidingConvolution {
    fileprivate init(images: [Int], weights: [Int], stride: Int, padding: Int) {
        self.init(
            WindowShape(
                height: images[1], width: images[2], channels: images[3], kernel: (weights[0], weights[1]),
                stride: stride, padding: (padding, padding)), batch: images[0], outputs: weights[3])
    }

    fileprivate var inputShape: [Int] { [batch, window.height, window.width, window.channels] }
    fileprivate var outputShape: [Int] { [batch, window.outputHeight, window.outputWidth, outputs] }
    fileprivate var weightShape: [Int] { [window.kernelHeight, window.kernelWidth, window.channels, outputs] }
}
