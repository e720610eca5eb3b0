import Autodiff
import Layers

/// What R3GAN's discriminator makes of a label: a vector for each class, whose product with an image's own is the score.
///
/// The authors have classes alone. Where these may be left out, `name.none` stands for none of them: a score that is a
/// product with zeros would say nothing. Numbers go through a layer with leaky ReLU, `name.Input`, first: a score that is
/// linear in them could not prefer any but the outermost.
struct R3GANLabelEmbedding: Sendable {
    private let linear: PlainDense
    private let input: PlainDense?
    let none: PlacedLayer<ParameterHandle>?
    private let features: Int

    init(_ name: String, _ shape: R3GANShape, in builder: inout ParameterBuilder) {
        let features = shape.discriminatorEmbedding
        self.features = features
        let hasNumbers = shape.condition == .vector
        let gain = 1 / Float(features).squareRoot()
        input =
            hasNumbers
            ? PlainDense(
                "\(name).Input", input: shape.labelDim, output: features, start: .he(gain: 1), in: &builder) : nil
        linear = PlainDense(
            name, input: hasNumbers ? features : shape.labelDim, output: features, hasBias: false,
            start: .he(gain: gain), in: &builder)
        none =
            shape.condition == .classesOrNone
            ? builder.placed {
                // As one more class.
                $0.declare(
                    ParameterDeclaration(
                        "\(name).none", .plain([features]),
                        initial: .normal(deviation: gain / Float(shape.labelDim).squareRoot())))
            } : nil
    }

    /// - Parameter labels: [N, labelDim]
    /// - Returns: [N, discriminatorEmbedding]
    func callAsFunction(_ labels: Tensor, _ weights: Weights) -> Tensor {
        let known = input.map { $0(labels, weights).activated(R3GANBlock.leaky) } ?? labels
        let embedded = linear(known, weights)
        guard let none else { return embedded }
        // 1 of a row of zeros, 0 of one with a class.
        let isNone = labels.sum(to: [labels.shape[0], 1]).affine(-1, 1)
        return embedded + isNone * weights[none.layer].reshaped([1, features])
    }
}
