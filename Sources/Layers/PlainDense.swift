import Autodiff

/// A fully connected layer that makes an image, as in PyTorch: x·W + b, W used as it is stored but for what normalises the
/// network's weights.
///
/// Its parameters are `name.weight` and `name.bias`.
public struct PlainDense: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle
    private let shape: [Int]

    public init(
        _ name: String, input: Int, image: (height: Int, width: Int, channels: Int), start: WeightStart = .smallXavier,
        in builder: inout ParameterBuilder
    ) {
        let (height, width, channels) = image
        shape = [height, width, channels]
        weight = builder.declare(
            ParameterDeclaration(
                "\(name).weight", .unflattened(input: input, channels: channels, height: height, width: width),
                initial: start.initial(fanIn: input, fanOut: height * width * channels)))
        bias = builder.declare(
            ParameterDeclaration(
                "\(name).bias", .image(channels: channels, height: height, width: width), initial: .constant(0)))
    }

    /// - Parameter x: [N, input]
    /// - Returns: the image [N, H, W, channels].
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = Tensor.product(x, weights[weight])
        return (y + weights[bias].reshaped([1, y.shape[1]])).reshaped([x.shape[0]] + shape)
    }
}
