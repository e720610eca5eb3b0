import Autodiff
import Kernels

/// A convolution of residual blocks without normalisation (arXiv 2501.05441, section 3.3): act(x * W + b), 1×1, or 3×3 in
/// groups of channels, each with itself alone; W used as it is stored.
///
/// Its weight is `name.Layer.weight`, a bias has a name of its own.
public struct ResidualConvolution: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle?
    private let isGrouped: Bool
    private let activation: Activation

    /// 1×1.
    ///
    /// - Parameters:
    ///   - gain: of weights that start as He's.
    ///   - bias: its name; nil for none.
    public init(
        _ name: String, input: Int, output: Int, gain: Float = 1, bias: String? = nil, activation: Activation = .linear,
        in builder: inout ParameterBuilder
    ) {
        self.init(
            name, kernel: 1, input: input, output: output, isGrouped: false, gain: gain, bias: bias,
            activation: activation, in: &builder)
    }

    /// 3×3 in groups, with zeros beyond the border.
    ///
    /// - Parameters:
    ///   - gain: of weights that start as He's.
    ///   - bias: its name; nil for none.
    public init(
        _ name: String, channels: Int, groups: Int, gain: Float = 1, bias: String? = nil,
        activation: Activation = .linear, in builder: inout ParameterBuilder
    ) {
        precondition(channels % groups == 0, "\(name): \(channels) channels in \(groups) groups")
        self.init(
            name, kernel: 3, input: channels / groups, output: channels, isGrouped: true, gain: gain, bias: bias,
            activation: activation, in: &builder)
    }

    private init(
        _ name: String, kernel: Int, input: Int, output: Int, isGrouped: Bool, gain: Float, bias: String?,
        activation: Activation, in builder: inout ParameterBuilder
    ) {
        (self.isGrouped, self.activation) = (isGrouped, activation)
        let taps = kernel * kernel
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).Layer.weight", .convolution(kernel: kernel, input: input, output: output),
                initial: WeightStart.he(gain: gain).initial(fanIn: taps * input, fanOut: taps * output)))
        self.bias = bias.map {
            var declaration = ParameterDeclaration($0, .plain([output]), initial: .constant(0))
            declaration.layer = "\(name).Layer"
            return builder.declare(declaration)
        }
    }

    /// - Parameter x: [N, H, W, input]
    /// - Returns: [N, H, W, output]
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let (w, bias) = (weights[weight], bias.map { weights[$0] })
        return isGrouped
            ? .groupedConvolution(x, w, bias: bias, activation) : .convolution(x, w, bias: bias, activation)
    }
}
