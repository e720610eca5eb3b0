import Autodiff
import Kernels

/// StyleGAN2's toRGB: the 1×1 modulated convolution to image channels, without demodulation (skip architecture,
/// arXiv 1912.04958, section 4.1, figure 7b).
public struct ToRGB: Sendable {
    private let input: Int
    private let output: Int
    private let affine: Dense
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let activation: Activation

    public init(
        _ name: String, input: Int, output: Int, styleDim: Int, clamp: Float?, in builder: inout ParameterBuilder
    ) {
        self.input = input
        self.output = output
        // The run-time weight scale 1/√input is carried by the style, as in the reference.
        let scale = builder.scale(equalized: 1 / Float(input).squareRoot(), gain: 1)
        affine = Dense(
            "\(name).affine", input: styleDim, output: input, biasInit: 1, gain: scale, in: &builder)
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .convolution(kernel: 1, input: input, output: output),
                initial: .normal(deviation: 1)))
        bias = builder.declare(ParameterDeclaration("\(name).bias", .plain([output]), initial: .constant(0)))
        activation = Activation(slope: 1, gain: 1, clamp: clamp)
    }

    /// - Parameters:
    ///   - x: [N, H, W, input]
    ///   - w: [N, styleDim]
    /// - Returns: [N, H, W, output]
    public func callAsFunction(_ x: Tensor, w: Tensor, _ weights: Weights) -> Tensor {
        // Three columns for each sample: here it is cheaper to modulate the weights, as the paper has it.
        let (n, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let modulated =
            weights[weight].reshaped([1, input, output]) * affine(w, weights).reshaped([n, input, 1])
        return Tensor.products(x.reshaped([n, height * width, input]), modulated)
            .reshaped([n, height, width, output]).activated(activation, bias: weights[bias])
    }
}
