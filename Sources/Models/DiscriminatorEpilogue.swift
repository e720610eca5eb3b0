import Autodiff
import Kernels
import Layers

/// The end of StyleGAN2's discriminator, from 4×4 features to a logit: minibatch standard deviation, convolution, two
/// dense layers (arXiv 1710.10196, table 2).
struct DiscriminatorEpilogue: Sendable {
    private let group: Int
    private let labelFeatures: Int
    private let conv: EqualizedConvolution
    private let fc: Dense
    private let out: Dense

    /// - Parameter labelFeatures: length of the mapped label; 0 for an unconditional network.
    init(shape: StyleGAN2Shape, group: Int, labelFeatures: Int, in builder: inout ParameterBuilder) {
        let channels = shape.channels(4)
        self.group = group
        self.labelFeatures = labelFeatures
        conv = EqualizedConvolution(
            "b4.conv", input: channels + 1, output: channels, kernel: 3, activation: Activation(clamp: shape.clamp),
            in: &builder)
        fc = Dense(
            "b4.fc", input: channels * 16, output: channels, activation: Activation(), image: (4, 4), in: &builder)
        out = Dense("b4.out", input: channels, output: max(labelFeatures, 1), in: &builder)
    }

    /// - Parameters:
    ///   - x: [N, 4, 4, C]
    ///   - mappedLabel: [N, labelFeatures], or nil.
    /// - Returns: logits [N, 1]
    func callAsFunction(_ x: Tensor, mappedLabel: Tensor?, _ weights: Weights) -> Tensor {
        let n = x.shape[0]
        let y = conv(x.withMinibatchStandardDeviation(group: group), weights)
        let logits = out(fc(y.reshaped([n, y.count / n]), weights), weights)
        guard let mappedLabel else { return logits }
        // Projection (arXiv 1802.05637): the label's features times the image's.
        return Tensor.contract(logits, mappedLabel, to: [n, 1]) * (1 / Float(labelFeatures).squareRoot())
    }
}
