import Autodiff
import Kernels

/// A fully connected layer as in progressive networks (arXiv 1710.10196, table 2): act(x·W + b).
public struct HeDense: HeLayer {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let output: Int
    private let activation: Activation
    /// What of the two is an image.
    private let image: Image

    public enum Image: Sendable {
        case none
        case input(height: Int, width: Int)
        /// The bias belongs to the channels.
        case output(height: Int, width: Int)
    }

    /// - Parameters:
    ///   - input: features, or channels of the image.
    ///   - output: features, or channels of the image.
    public init(
        _ name: String, input: Int, output: Int, image: Image = .none, scaling: HeScaling, activation: Activation,
        in builder: inout ParameterBuilder
    ) {
        self.output = output
        self.image = image
        self.activation = activation
        let layout: ParameterLayout
        var fanIn = input
        switch image {
        case .none: layout = .dense(input: input, output: output)
        case .input(let height, let width):
            layout = .flattened(channels: input, height: height, width: width, output: output)
            fanIn *= height * width
        case .output(let height, let width):
            layout = .unflattened(input: input, channels: output, height: height, width: width)
        }
        weight = builder.declare(scaling.declaration("\(name)/weight", layout, fanIn: fanIn, for: builder))
        bias = builder.declare(ParameterDeclaration("\(name)/bias", .plain([output]), initial: .constant(0)))
    }

    /// - Parameter x: [N, input], or the image [N, H, W, input].
    /// - Returns: [N, output], or the image [N, H, W, output].
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let n = x.shape[0]
        let y = Tensor.product(x.reshaped([n, x.count / n]), weights[weight])
        var shape = [n, output]
        if case .output(let height, let width) = image { shape = [n, height, width, output] }
        return y.reshaped(shape).activated(activation, bias: weights[bias])
    }
}
