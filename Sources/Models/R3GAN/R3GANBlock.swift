import Autodiff
import Kernels
import Layers

/// A residual block of R3GAN (arXiv 2501.05441, figure 4): 1×1 to twice as many channels, 3×3 in groups, 1×1 back, with a
/// bias and leaky ReLU before the second and the third. The third starts at zero: at first the block changes nothing.
struct R3GANBlock: Sendable {
    static let leaky = Activation(slope: 0.2, gain: 1)

    private let linear1: ResidualConvolution
    private let linear2: ResidualConvolution
    private let linear3: ResidualConvolution

    init(_ name: String, _ stage: R3GANShape.Stage, of shape: R3GANShape, in builder: inout ParameterBuilder) {
        let inner = stage.width * shape.expansion
        linear1 = ResidualConvolution(
            "\(name).LinearLayer1", input: stage.width, output: inner, gain: shape.blockGain,
            bias: "\(name).NonLinearity1.Bias", activation: Self.leaky, in: &builder)
        linear2 = ResidualConvolution(
            "\(name).LinearLayer2", channels: inner, groups: stage.groups, gain: shape.blockGain,
            bias: "\(name).NonLinearity2.Bias", activation: Self.leaky, in: &builder)
        linear3 = ResidualConvolution(
            "\(name).LinearLayer3", input: inner, output: stage.width, gain: 0, in: &builder)
    }

    /// - Parameter x: [N, h, w, width]
    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        x + linear3(linear2(linear1(x, weights), weights), weights)
    }
}
