import Autodiff
import Kernels

/// A synthesis layer of StyleGAN2 (arXiv 1912.04958, section 2.2): style-modulated, demodulated 3×3 convolution,
/// noise, bias, leaky ReLU.
///
/// Weights are shared by the batch: the style scales the input's channels, demodulation the output's.
public struct SynthesisLayer: Sendable {
    public let resolution: Int
    let name: String
    let input: Int
    let output: Int
    /// Whether it is the first of its resolution, which doubles it.
    public let isUp: Bool
    let affine: Dense
    let activation: Activation

    /// - Parameter resolution: of the output.
    public init(
        _ name: String, input: Int, output: Int, styleDim: Int, resolution: Int, isUp: Bool, clamp: Float?
    ) {
        self.name = name
        self.input = input
        self.output = output
        self.resolution = resolution
        self.isUp = isUp
        affine = Dense("\(name).affine", input: styleDim, output: input, biasInit: 1)
        activation = Activation(clamp: clamp)
    }

    public var declarations: [ParameterDeclaration] {
        affine.declarations + [
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: 3, input: input, output: output),
                initial: .normal(deviation: 1)),
            ParameterDeclaration("\(name).noise_strength", .plain([]), initial: .constant(0)),
            ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0)),
            ParameterDeclaration(
                "\(name).noise_const", .plain([resolution, resolution]), initial: .normal(deviation: 1),
                isTrained: false),
        ]
    }

    /// - Parameters:
    ///   - x: [N, H, W, input]
    ///   - w: [N, styleDim]
    /// - Returns: [N, resolution, resolution, output]
    public func callAsFunction(_ x: Tensor, w: Tensor, noise: Noise, _ weights: Weights) -> Tensor {
        let kernel = weights["\(name).weight"]
        let style = affine(w, weights)
        // rsqrt(Σ (w·s)²): squares of weights summed over the taps, then one matrix product over the channels.
        let power = Tensor.contract(kernel, kernel, to: [1, 1, input, output]).reshaped([input, output])
        let demodulation = (Tensor.product(style.squared(), power) + 1e-8).power(-0.5)
        return .synthesisLayer(
            x, kernel, style: style, demodulation: demodulation, noise: noise.plane(for: self, weights),
            strength: weights["\(name).noise_strength"], bias: weights["\(name).bias"], activation,
            resampling: isUp ? .up : .none)
    }

    /// The fixed noise plane, [resolution, resolution].
    func constantNoise(_ weights: Weights) -> Tensor { weights["\(name).noise_const"] }
}

/// Where the noise inputs come from.
public enum Noise {
    case none
    /// The fixed planes that belong to the network.
    case constant
    /// One plane per sample and layer: [N, resolution, resolution].
    case random((SynthesisLayer) -> Tensor)

    func plane(for layer: SynthesisLayer, _ weights: Weights) -> Tensor? {
        switch self {
        case .none: nil
        case .constant: layer.constantNoise(weights)
        case .random(let draw): draw(layer)
        }
    }
}

/// The 1×1 modulated convolution to image channels, without demodulation (skip architecture).
public struct ToRGB: Sendable {
    let name: String
    let input: Int
    let output: Int
    let affine: Dense
    let activation: Activation

    public init(_ name: String, input: Int, output: Int, styleDim: Int, clamp: Float?) {
        self.name = name
        self.input = input
        self.output = output
        // The run-time weight scale 1/√input is carried by the style, as in the reference.
        affine = Dense(
            "\(name).affine", input: styleDim, output: input, biasInit: 1, gain: 1 / Float(input).squareRoot())
        activation = Activation(slope: 1, gain: 1, clamp: clamp)
    }

    public var declarations: [ParameterDeclaration] {
        affine.declarations + [
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: 1, input: input, output: output),
                initial: .normal(deviation: 1)),
            ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0)),
        ]
    }

    /// - Parameters:
    ///   - x: [N, H, W, input]
    ///   - w: [N, styleDim]
    /// - Returns: [N, H, W, output]
    public func callAsFunction(_ x: Tensor, w: Tensor, _ weights: Weights) -> Tensor {
        // Three columns for each sample: here it is cheaper to modulate the weights, as the paper has it.
        let (n, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let modulated =
            weights["\(name).weight"].reshaped([1, input, output]) * affine(w, weights).reshaped([n, input, 1])
        return Tensor.products(x.reshaped([n, height * width, input]), modulated)
            .reshaped([n, height, width, output]).activated(activation, bias: weights["\(name).bias"])
    }
}
