/// The shape of a convolution in NHWC, given by its input.
public struct ConvolutionShape: Hashable, Sendable {
    /// What happens to the resolution, with the [1, 3, 3, 1] filter of StyleGAN2 (arXiv 1912.04958) or the 2×2 box of
    /// progressive growing (arXiv 1710.10196). All but `none` need kernel 3.
    public enum Resampling: String, Hashable, Sendable {
        case none
        /// Stride-2 transposed convolution, then the filter with gain 4: H×W becomes 2H×2W.
        case up
        /// The filter, then a stride-2 convolution: H×W becomes H/2×W/2.
        case down
        /// Each pixel repeated 2×2, then the convolution. The same as the transposed convolution with the weights
        /// turned by half a circle, then the box with gain 4.
        case nearestUp = "nearest up"
        /// The convolution, then the means of 2×2 pixels. The same as the box, then a stride-2 convolution.
        case boxDown = "box down"

        var isUp: Bool { self == .up || self == .nearestUp }
        var isDown: Bool { self == .down || self == .boxDown }
        var filter: WinogradTransform.Filter { self == .nearestUp || self == .boxDown ? .box : .binomial }
    }

    public var batch: Int
    public var height: Int
    public var width: Int
    public var inputChannels: Int
    public var outputChannels: Int
    /// 1 or 3; it reaches kernel / 2 pixels beyond the border.
    public var kernel: Int
    public var stride: Int
    public var resampling: Resampling
    /// What is beyond the border; see ``Padding`` for what that means where the resolution changes.
    public var padding: Padding

    public init(
        batch: Int, height: Int, width: Int, inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int = 1,
        resampling: Resampling = .none, padding: Padding = .zero
    ) {
        self.batch = batch
        self.height = height
        self.width = width
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.resampling = resampling
        self.padding = padding
    }

    public var outputHeight: Int { scaled(height) }
    public var outputWidth: Int { scaled(width) }
    public var inputCount: Int { batch * height * width * inputChannels }
    public var outputCount: Int { batch * outputHeight * outputWidth * outputChannels }
    public var weightCount: Int { kernel * kernel * inputChannels * outputChannels }

    private func scaled(_ size: Int) -> Int {
        switch resampling {
        case .none: (size + stride - 1) / stride
        case .up, .nearestUp: size * 2
        case .down, .boxDown: size / 2
        }
    }
}
