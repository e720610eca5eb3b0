import Autodiff
import Kernels

/// What stands in the place of self-attention in the comparison of arXiv 1805.08318, table 1: a residual block with as
/// many parameters, x + γ·W₃·relu(W₂ * relu(W₁·x)), 1×1, 3×3, 1×1 (arXiv 1512.03385, figure 5), without biases; γ starts
/// at 0.
///
/// Attention has 2·C·C/8 + 2·C·C/2 = ⁵⁄₄·C² weights. A bottleneck of b channels has 2·C·b + 9·b², the same for b = ⁵⁄₁₈·C:
/// rounded, it is within 4 % of it from 32 channels on.
public struct ResidualBottleneck: Sendable {
    private let first: ParameterHandle
    private let second: ParameterHandle
    private let third: ParameterHandle
    private let gain: ParameterHandle
    private let padding: Padding

    public init(
        _ name: String, channels: Int, convention: AttentionConvention, padding: Padding = .zero,
        in builder: inout ParameterBuilder
    ) {
        self.padding = padding
        let inner = max(1, (5 * channels + 9) / 18)
        first = convention.declare(.conv1, of: name, input: channels, output: inner, in: &builder)
        second = convention.declare(.conv2, of: name, kernel: 3, input: inner, output: inner, in: &builder)
        gain = convention.declareGain(of: name, in: &builder)
        third = convention.declare(.conv3, of: name, input: inner, output: channels, in: &builder)
    }

    /// - Parameter x: [N, H, W, channels]
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let relu = Activation(slope: 0, gain: 1)
        let inner = Tensor.convolution(x, weights[first], bias: nil, relu)
        let added = Tensor.convolution(
            Tensor.convolution(inner, weights[second], bias: nil, relu, padding: padding), weights[third])
        return x + added * weights[gain].reshaped([1, 1, 1, 1])
    }
}
