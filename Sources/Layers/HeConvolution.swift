import Autodiff
import Kernels

/// A convolution as in progressive networks (arXiv 1710.10196, table 2): act((x * W) + b), resampled with the 2×2 box:
/// on the way up pixels are repeated, then convolved; on the way down 2×2 pixels are averaged after the convolution, and
/// bias and activation come last.
public struct HeConvolution: HeLayer {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let kernel: Int
    private let resampling: ResolutionChange
    private let padding: Padding
    private let activation: Activation

    public init(
        _ name: String, input: Int, output: Int, kernel: Int, resampling: ResolutionChange = .none,
        padding: Padding = .zero, scaling: HeScaling,
        activation: Activation, in builder: inout ParameterBuilder
    ) {
        self.kernel = kernel
        self.resampling = resampling
        self.padding = padding
        self.activation = activation
        weight = builder.declare(
            scaling.declaration(
                "\(name)/weight", .convolution(kernel: kernel, input: input, output: output),
                fanIn: kernel * kernel * input, for: builder))
        bias = builder.declare(ParameterDeclaration("\(name)/bias", .plain([output]), initial: .constant(0)))
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H', W', output], H' being H, 2H or H/2.
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let (w, bias) = (weights[weight], weights[bias])
        return switch (resampling, kernel) {
        case (.none, _): .convolution(x, w, bias: bias, activation, padding: padding)
        // A 1×1 convolution and the box commute: whichever works on fewer pixels comes first.
        case (.up, 1): Tensor.convolution(x, w).nearestUpsampled().activated(activation, bias: bias)
        case (.down, 1): .convolution(x.boxDownsampled(), w, bias: bias, activation)
        case (.up, _): .convolution(x, w, bias: bias, activation, resampling: .nearestUp, padding: padding)
        case (.down, _): .convolution(x, w, bias: bias, activation, resampling: .boxDown, padding: padding)
        }
    }
}
