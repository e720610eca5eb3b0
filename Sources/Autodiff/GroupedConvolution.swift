import Kernels

extension Tensor {
    /// The 3×3 convolution of images x [N, H, W, C] in groups of channels, each with itself alone, with weights w
    /// [3, 3, C/groups, C], and what follows: act(x * w + bias). Zeros beyond the border.
    ///
    /// - Parameter bias: [C], or nil.
    public static func groupedConvolution(
        _ x: Tensor, _ w: Tensor, bias: Tensor? = nil, _ activation: Activation = .linear
    ) -> Tensor {
        precondition(
            x.rank == 4 && w.rank == 4 && w.shape[0] == 3 && w.shape[1] == 3 && w.shape[3] == x.shape[3]
                && w.shape[2] > 0 && x.shape[3] % w.shape[2] == 0,
            "grouped convolution: images \(x.shape) with weights \(w.shape)")
        let passes = GroupedConvolution(
            batch: x.shape[0], height: x.shape[1], width: x.shape[2], channels: x.shape[3],
            groups: x.shape[3] / w.shape[2])
        return convolution(x, w, bias: bias, activation, passes)
    }
}

extension GroupedConvolution: FinishedConvolutionPasses {
    func operation(_ activation: Activation) -> TracedOperation? {
        let shape = ConvolutionShape(
            batch: batch, height: height, width: width, inputChannels: channels, outputChannels: channels, kernel: 3)
        return .convolution(shape, groups: channels / groupWidth, activation)
    }

    var inputShape: [Int] { [batch, height, width, channels] }
    var outputShape: [Int] { inputShape }
    var weightShape: [Int] { [3, 3, groupWidth, channels] }
}
