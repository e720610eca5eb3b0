import Autodiff
import Kernels

/// A fully connected layer with equalised learning rate: act(x·W + b).
///
/// Weights start as N(0, 1/lrMultiplier²) and are used times lrMultiplier/√input; biases times lrMultiplier
/// (StyleGAN2, arXiv 1912.04958).
public struct Dense: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let output: Int
    private let activation: Activation?

    /// - Parameters:
    ///   - activation: nil for none.
    ///   - gain: a constant factor of the result, folded into the parameters' scale.
    ///   - image: height and width, where the input is a flattened image.
    public init(
        _ name: String, input: Int, output: Int, activation: Activation? = nil, lrMultiplier: Float = 1,
        biasInit: Float = 0, gain: Float = 1, image: (height: Int, width: Int)? = nil,
        in builder: inout ParameterBuilder
    ) {
        self.output = output
        self.activation = activation
        let layout: ParameterLayout
        if let image {
            layout = .flattened(
                channels: input / (image.height * image.width), height: image.height, width: image.width,
                output: output)
        } else {
            layout = .dense(input: input, output: output)
        }
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", layout, initial: .normal(deviation: 1 / lrMultiplier),
                scale: builder.scale(equalized: gain * lrMultiplier / Float(input).squareRoot(), gain: gain)))
        bias = builder.declare(
            ParameterDeclaration(
                "\(name).bias", .plain([output]), initial: .constant(biasInit / lrMultiplier),
                scale: gain * lrMultiplier))
    }

    /// - Parameter x: [N, input]
    /// - Returns: [N, output]
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = Tensor.product(x, weights[weight])
        let bias = weights[bias]
        guard let activation else { return y + bias.reshaped([1, output]) }
        return y.activated(activation, bias: bias)
    }
}
