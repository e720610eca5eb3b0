import Autodiff
import Kernels

/// A convolution with equalised learning rate: act(gain · (x * W) + b), optionally resampled by two with the
/// [1, 3, 3, 1] filter (arXiv 1912.04958; learning rates as in arXiv 1710.10196, section 4.1).
public struct EqualizedConvolution: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle?
    private let kernel: Int
    private let resampling: ResolutionChange
    private let padding: Padding
    private let activation: Activation

    /// - Parameter activation: its gain and clamp are those of the whole layer.
    public init(
        _ name: String, input: Int, output: Int, kernel: Int, resampling: ResolutionChange = .none,
        padding: Padding = .zero,
        hasBias: Bool = true,
        activation: Activation, in builder: inout ParameterBuilder
    ) {
        self.kernel = kernel
        self.resampling = resampling
        self.padding = padding
        // Without a bias and an activation the layer's gain can be part of the weight's.
        let isScaledLinear = !hasBias && activation.slope == 1 && activation.clamp == nil
        let gain = isScaledLinear ? activation.gain : 1
        self.activation = isScaledLinear ? .linear : activation
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: kernel, input: input, output: output),
                initial: .normal(deviation: 1),
                scale: builder.scale(equalized: gain / Float(input * kernel * kernel).squareRoot(), gain: gain)))
        bias =
            hasBias
            ? builder.declare(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0))) : nil
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H', W', output], H' being H, 2H or H/2.
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let w = weights[weight]
        let bias = bias.map { weights[$0] }
        return switch (resampling, kernel) {
        case (.none, _): .convolution(x, w, bias: bias, activation, padding: padding)
        // A 1×1 convolution and the filter commute: whichever works on fewer pixels comes first. The bias comes after
        // both, as in the reference: at the border it does not commute.
        case (.down, 1): .convolution(x.downsampled(padding: padding), w, bias: bias, activation)
        case (.up, 1): Tensor.convolution(x, w).upsampled(padding: padding).activated(activation, bias: bias)
        case (.down, _): .convolution(x, w, bias: bias, activation, resampling: .down, padding: padding)
        case (.up, _): .convolution(x, w, bias: bias, activation, resampling: .up, padding: padding)
        }
    }
}
