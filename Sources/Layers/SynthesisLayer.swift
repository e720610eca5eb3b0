import Autodiff
import Kernels

/// A synthesis layer of StyleGAN2 (arXiv 1912.04958, section 2.2): style-modulated, demodulated 3×3 convolution,
/// noise, bias, leaky ReLU.
///
/// Weights are shared by the batch: the style scales the input's channels, demodulation the output's.
public struct SynthesisLayer: Sendable {
    public let resolution: Int
    /// Of the output.
    public let (height, width): (Int, Int)
    private let input: Int
    private let output: Int
    /// Whether it is the first of its resolution, which doubles it.
    public let isUp: Bool
    private let affine: Dense
    private let weight: ParameterHandle
    private let noiseStrength: ParameterHandle
    private let bias: ParameterHandle
    private let noiseConstant: ParameterHandle
    private let activation: Activation
    private let padding: Padding

    /// - Parameters:
    ///   - resolution: the output's nominal one.
    ///   - size: of the output; nil for a square as large as the resolution says.
    ///   - padding: of the convolution, and of the filter on the way up.
    public init(
        _ name: String, input: Int, output: Int, styleDim: Int, resolution: Int, isUp: Bool, clamp: Float?,
        size: (height: Int, width: Int)? = nil, padding: Padding = .zero, in builder: inout ParameterBuilder
    ) {
        self.input = input
        self.output = output
        self.resolution = resolution
        self.isUp = isUp
        self.padding = padding
        (height, width) = size ?? (resolution, resolution)
        affine = Dense("\(name).affine", input: styleDim, output: input, biasInit: 1, in: &builder)
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: 3, input: input, output: output),
                initial: .normal(deviation: 1)))
        noiseStrength = builder.declare(
            ParameterDeclaration("\(name).noise_strength", .plain([]), initial: .constant(0)))
        bias = builder.declare(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0)))
        noiseConstant = builder.declare(
            ParameterDeclaration(
                "\(name).noise_const", .plain([height, width]), initial: .normal(deviation: 1),
                isTrained: false))
        activation = Activation(clamp: clamp)
    }

    /// - Parameters:
    ///   - x: [N, H, W, input]
    ///   - w: [N, styleDim]
    /// - Returns: [N, height, width, output]
    public func callAsFunction(_ x: Tensor, w: Tensor, noise: Noise, _ weights: Weights) -> Tensor {
        let kernel = weights[weight]
        let style = affine(w, weights)
        // rsqrt(Σ (w·s)²): squares of weights summed over the taps, then one matrix product over the channels.
        let power = Tensor.contract(kernel, kernel, to: [1, 1, input, output]).reshaped([input, output])
        let demodulation = (Tensor.product(style.squared(), power) + 1e-8).power(-0.5)
        return .modulatedConvolution(
            x, kernel, style: style, demodulation: demodulation, noise: noise.plane(for: self, weights),
            strength: weights[noiseStrength], bias: weights[bias], activation,
            resampling: isUp ? .up : .none, padding: padding)
    }

    /// The fixed noise plane, [height, width].
    func constantNoise(_ weights: Weights) -> Tensor { weights[noiseConstant] }
}
