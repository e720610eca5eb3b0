import Autodiff
import Kernels

/// A convolution 1×1 or 3×3 as in PyTorch, with zeros beyond the border: act(x * W + b), W used as it is stored but for what
/// normalises the network's weights. On the way up pixels are repeated before it; on the way down 2×2 pixels are averaged
/// after it, and bias and activation come last.
///
/// Its parameters are `name.weight` and, if it has one, `name.bias`.
public struct PlainConvolution: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle?
    private let kernel: Int
    private let stride: Int
    private let resampling: ResolutionChange
    private let activation: Activation

    /// - Parameter stride: 1, or 2 without a change of resolution of another kind.
    public init(
        _ name: String, input: Int, output: Int, kernel: Int, stride: Int = 1, resampling: ResolutionChange = .none,
        hasBias: Bool = true, activation: Activation = .linear, start: WeightStart = .smallXavier,
        in builder: inout ParameterBuilder
    ) {
        precondition(stride == 1 || resampling == .none, "\(name): stride \(stride) and \(resampling)")
        (self.kernel, self.stride, self.resampling, self.activation) = (kernel, stride, resampling, activation)
        let taps = kernel * kernel
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: kernel, input: input, output: output),
                initial: start.initial(fanIn: taps * input, fanOut: taps * output)))
        bias =
            hasBias
            ? builder.declare(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0))) : nil
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H', W', output], H' being H, 2H or H/2, with a stride rounded up.
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let (w, bias) = (weights[weight], bias.map { weights[$0] })
        return switch (resampling, kernel) {
        case (.none, _) where stride > 1:
            Tensor.convolution(x, w, stride: stride).activated(activation, bias: bias)
        case (.none, _): .convolution(x, w, bias: bias, activation)
        // A 1×1 convolution and its bias commute with repeated pixels and with means: whatever works on fewer comes first.
        case (.up, 1): Tensor.convolution(x, w, bias: bias, activation).nearestUpsampled()
        case (.down, 1): .convolution(x.boxDownsampled(), w, bias: bias, activation)
        case (.up, _): .convolution(x, w, bias: bias, activation, resampling: .nearestUp)
        case (.down, _): .convolution(x, w, bias: bias, activation, resampling: .boxDown)
        }
    }
}
