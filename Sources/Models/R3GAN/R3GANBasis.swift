import Autodiff
import Layers

/// Where R3GAN's generator starts (the authors' `GenerativeBasis`): for each channel a learned map, times a number that a
/// dense layer makes of z.
struct R3GANGenerativeBasis: Sendable {
    private let basis: ParameterHandle
    private let linear: PlainDense
    private let channels: Int

    init(
        _ name: String, input: Int, channels: Int, size: MapSize, in builder: inout ParameterBuilder
    ) {
        self.channels = channels
        basis = builder.declare(
            ParameterDeclaration(
                "\(name).Basis", .image(channels: channels, height: size.height, width: size.width),
                initial: .normal(deviation: 1)))
        linear = PlainDense(
            "\(name).LinearLayer", input: input, output: channels, hasBias: false, start: .he(gain: 1), in: &builder)
    }

    /// - Parameter z: [N, input]
    /// - Returns: [N, h, w, channels]
    func callAsFunction(_ z: Tensor, _ weights: Weights) -> Tensor {
        weights[basis] * linear(z, weights).reshaped([z.shape[0], 1, 1, channels])
    }
}

/// Where R3GAN's discriminator ends (the authors' `DiscriminativeBasis`): each channel's product with a learned map of its
/// size, and a dense layer on these.
struct R3GANDiscriminativeBasis: Sendable {
    private let basis: ParameterHandle
    private let linear: PlainDense
    private let channels: Int
    /// Tells numbers beside the score; nil without.
    let regression: PlacedLayer<PlainDense>?

    /// - Parameter regressionDim: numbers that are told beside; 0 for none.
    init(
        _ name: String, channels: Int, output: Int, size: MapSize, regressionDim: Int,
        in builder: inout ParameterBuilder
    ) {
        self.channels = channels
        basis = builder.declare(
            ParameterDeclaration(
                "\(name).Basis.weight", .depthwise(channels: channels, height: size.height, width: size.width),
                initial: WeightStart.he(gain: 1).initial(fanIn: size.count, fanOut: size.count)))
        linear = PlainDense(
            "\(name).LinearLayer", input: channels, output: output, hasBias: false, start: .he(gain: 1), in: &builder)
        regression = builder.regressionHead(regressionDim) {
            PlainDense("\(name).Regression", input: channels, output: regressionDim, start: .he(gain: 1), in: &$0)
        }
    }

    /// - Parameter x: [N, h, w, channels]
    /// - Returns: [N, output], and the numbers that are told beside.
    func callAsFunction(_ x: Tensor, _ weights: Weights) -> (Tensor, regression: Tensor?) {
        let n = x.shape[0]
        let products = Tensor.contract(x, weights[basis], to: [n, 1, 1, channels]).reshaped([n, channels])
        return (linear(products, weights), regression.map { $0.layer(products, weights) })
    }
}
