import Kernels

extension Tensor {
    /// The convolution of images x [N, H, W, C] with weights w [k, k, C, K], any kernel and stride, zeros beyond the border.
    ///
    /// For what ``convolution(_:_:stride:resampling:)`` does not have, such as 4×4.
    ///
    /// - Parameter padding: rows and columns of zeros on each side.
    /// - Returns: [N, H', W', K], H' being (H + 2·padding − k)/stride + 1, rounded down.
    public static func slidingConvolution(_ x: Tensor, _ w: Tensor, stride: Int, padding: Int) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[2] == x.shape[3],
            "sliding convolution: images \(x.shape) with weights \(w.shape)")
        return convolution(
            x, w, SlidingConvolution(images: x.shape, weights: w.shape, stride: stride, padding: padding))
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
}

extension SlidingConvolution: ConvolutionPasses {
    fileprivate init(images: [Int], weights: [Int], stride: Int, padding: Int) {
        self.init(
            WindowShape(
                height: images[1], width: images[2], channels: images[3], kernel: (weights[0], weights[1]),
                stride: stride, padding: (padding, padding)), batch: images[0], outputs: weights[3])
    }

    var inputShape: [Int] { [batch, window.height, window.width, window.channels] }
    var outputShape: [Int] { [batch, window.outputHeight, window.outputWidth, outputs] }
    var weightShape: [Int] { [window.kernelHeight, window.kernelWidth, window.channels, outputs] }

    func operation(_ activation: Activation) -> TracedOperation? { activation == .linear ? .window(window) : nil }
    var adjointOperation: TracedOperation? { .transposedWindow(window) }

    func forward(_ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?) {
        forward(x, w, into: y)
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?) {
        inputGradient(g, w, into: dx)
    }
}
