import Autodiff

/// A fully connected layer as in PyTorch, to features or to an image: x·W + b, W used as it is stored but for what
/// normalises the network's weights.
///
/// Its parameters are `name.weight` and, if it has one, `name.bias`.
public struct PlainDense: Sendable {
    private let weight: ParameterHandle
    private let bias: ParameterHandle?
    /// Of the result of one sample.
    private let shape: [Int]

    /// To features.
    public init(
        _ name: String, input: Int, output: Int, hasBias: Bool = true, start: WeightStart,
        in builder: inout ParameterBuilder
    ) {
        self.init(
            name, shape: [output], weight: .dense(input: input, output: output),
            start.initial(fanIn: input, fanOut: output), bias: hasBias ? .plain([output]) : nil, in: &builder)
    }

    /// To an image, with a bias for each of its numbers.
    public init(
        _ name: String, input: Int, image: (height: Int, width: Int, channels: Int), start: WeightStart = .smallXavier,
        in builder: inout ParameterBuilder
    ) {
        let (height, width, channels) = image
        self.init(
            name, shape: [height, width, channels],
            weight: .unflattened(input: input, channels: channels, height: height, width: width),
            start.initial(fanIn: input, fanOut: height * width * channels),
            bias: .image(channels: channels, height: height, width: width), in: &builder)
    }

    private init(
        _ name: String, shape: [Int], weight: ParameterLayout, _ initial: ParameterDeclaration.Initial,
        bias: ParameterLayout?, in builder: inout ParameterBuilder
    ) {
        self.shape = shape
        self.weight = builder.declare(ParameterDeclaration("\(name).weight", weight, initial: initial))
        self.bias = bias.map {
            builder.declare(ParameterDeclaration("\(name).bias", $0, initial: .constant(0)))
        }
    }

    /// - Parameter x: [N, input]
    /// - Returns: [N, output], or the image [N, H, W, channels].
    public func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        var y = Tensor.product(x, weights[weight])
        if let bias { y = y + weights[bias].reshaped([1, y.shape[1]]) }
        return y.reshaped([x.shape[0]] + shape)
    }
}
