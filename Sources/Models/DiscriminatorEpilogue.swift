import Autodiff
import Kernels
import Layers

/// The end of StyleGAN2's discriminator, from features of the start's size to a logit: minibatch standard deviation,
/// convolution, two dense layers (arXiv 1710.10196, table 2). Beside the logit, where they are asked for, numbers that
/// condition images.
struct DiscriminatorEpilogue: Sendable {
    private let group: Int
    private let labelFeatures: Int
    private let conv: EqualizedConvolution
    private let fc: Dense
    private let out: Dense
    private let regression: PlacedLayer<Dense>?

    var regressionPlaces: Range<Int>? { regression?.places }

    /// - Parameter labelFeatures: length of the mapped label; 0 for an unconditional network.
    init(shape: StyleGAN2Shape, group: Int, labelFeatures: Int, in builder: inout ParameterBuilder) {
        let channels = shape.channels(4)
        let start = shape.grid.size(at: 4)
        self.group = group
        self.labelFeatures = labelFeatures
        conv = EqualizedConvolution(
            "b4.conv", input: channels + 1, output: channels, kernel: 3, padding: shape.padding,
            activation: Activation(clamp: shape.clamp),
            in: &builder)
        fc = Dense(
            "b4.fc", input: channels * start.count, output: channels, activation: Activation(),
            image: (start.height, start.width), in: &builder)
        out = Dense("b4.out", input: channels, output: max(labelFeatures, 1), in: &builder)
        regression = builder.regressionHead(shape.regressionDim) {
            Dense("b4.regression", input: channels, output: shape.regressionDim, in: &$0)
        }
    }

    /// - Parameters:
    ///   - x: [N, h, w, C] of the start's size.
    ///   - mappedLabel: [N, labelFeatures], or nil.
    /// - Returns: logits [N, 1], and the numbers, [N, regressionDim].
    func callAsFunction(
        _ x: Tensor, mappedLabel: Tensor?, _ weights: Weights
    ) -> (logits: Tensor, regression: Tensor?) {
        let n = x.shape[0]
        let y = conv(x.withMinibatchStandardDeviation(group: group), weights)
        let features = fc(y.reshaped([n, y.count / n]), weights)
        let logits = out(features, weights)
        let numbers = regression.map { $0.layer(features, weights) }
        guard let mappedLabel else { return (logits, numbers) }
        // Projection (arXiv 1802.05637): the label's features times the image's.
        return (Tensor.contract(logits, mappedLabel, to: [n, 1]) * (1 / Float(labelFeatures).squareRoot()), numbers)
    }
}
