import Autodiff

/// A fully connected layer as in the code of SAGAN's authors (arXiv 1805.08318): x·W + b, W used as it is stored but for
/// what normalises the network's weights.
///
/// Its parameters are `name/Matrix` and `name/bias`.
public struct GlorotDense: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    /// Of the result of one sample.
    private let shape: [Int]

    /// To features.
    public init(_ name: String, input: Int, output: Int, in builder: inout ParameterBuilder) {
        self.init(
            name, input: input, shape: [output], weight: .dense(input: input, output: output), bias: .plain([output]),
            in: &builder)
    }

    /// To an image, with a bias for each of its numbers.
    public init(
        _ name: String, input: Int, image: (height: Int, width: Int, channels: Int), in builder: inout ParameterBuilder
    ) {
        let (height, width, channels) = image
        self.init(
            name, input: input, shape: [height, width, channels],
            weight: .unflattened(input: input, channels: channels, height: height, width: width),
            bias: .image(channels: channels, height: height, width: width), in: &builder)
    }

    private init(
        _ name: String, input: Int, shape: [Int], weight: ParameterLayout, bias: ParameterLayout,
        in builder: inout ParameterBuilder
    ) {
        self.shape = shape
        self.weight = builder.declare(
            GlorotScaling.declaration("\(name)/Matrix", weight, fanIn: input, fanOut: shape.reduce(1, *)))
        self.bias = builder.declare(ParameterDeclaration("\(name)/bias", bias, initial: .constant(0)))
    }

    /// - Parameter x: [N, input]
    /// - Returns: [N, output], or the image [N, H, W, channels].
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = Tensor.product(x, weights[weight])
        return (y + weights[bias].reshaped([1, y.shape[1]])).reshaped([x.shape[0]] + shape)
    }
}
