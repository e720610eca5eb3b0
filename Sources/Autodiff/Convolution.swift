import Kernels

extension Tensor {
    /// The convolution of images x [N, H, W, C] with weights w [k, k, C, K].
    public static func convolution(
        _ x: Tensor, _ w: Tensor, stride: Int = 1, resampling: ConvolutionShape.Resampling = .none,
        padding: Padding = .zero
    ) -> Tensor {
        convolution(x, w, ConvolutionShape(x, w, stride: stride, resampling, padding))
    }

    /// act(x * w + bias) as one operation; parameters as of ``convolution(_:_:stride:resampling:padding:)``.
    ///
    /// - Parameter bias: [K], or nil.
    public static func convolution(
        _ x: Tensor, _ w: Tensor, bias: Tensor?, _ activation: Activation,
        resampling: ConvolutionShape.Resampling = .none, padding: Padding = .zero
    ) -> Tensor {
        convolution(x, w, bias: bias, activation, ConvolutionShape(x, w, resampling, padding))
    }
}

extension ConvolutionShape: FinishedConvolutionPasses {
    /// Of images [N, H, W, C] and weights [k, k, C, K].
    init(_ x: Tensor, _ w: Tensor, stride: Int = 1, _ resampling: Resampling, _ padding: Padding) {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[0] == w.shape[1] && w.shape[2] == x.shape[3],
            "convolution: images \(x.shape) with weights \(w.shape)")
        self.init(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], inputChannels: x.shape[3],
            outputChannels: w.shape[3], kernel: w.shape[0], stride: stride, resampling: resampling,
            padding: padding)
    }

    func operation(_ activation: Activation) -> TracedOperation? { .convolution(self, groups: 1, activation) }

    var inputShape: [Int] { [batch, height, width, inputChannels] }
    var outputShape: [Int] { [batch, outputHeight, outputWidth, outputChannels] }
    var weightShape: [Int] { [kernel, kernel, inputChannels, outputChannels] }

    func forward(
        _ x: BufferView, _ w: BufferView, into y: BufferView, cache: TransformCache?, terms: Epilogue.Terms?
    ) {
        Convolution.forward(x, w, into: y, shape: self, cache: cache, terms: terms)
    }

    func inputGradient(_ g: BufferView, _ w: BufferView, into dx: BufferView, cache: TransformCache?) {
        Convolution.inputGradient(g, w, into: dx, shape: self, cache: cache)
    }

    func weightGradient(_ x: BufferView, _ g: BufferView, into dw: BufferView) {
        Convolution.weightGradient(x, g, into: dw, shape: self)
    }
}
