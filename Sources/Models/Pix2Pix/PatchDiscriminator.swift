import Autodiff
import Kernels
import Layers

/// Pix2Pix's discriminator, PatchGAN (arXiv 1611.07004, section 6.1.2), as in the authors' PyTorch code: the image beside
/// what it was made of; convolutions 4×4, of which all but the last two halve, leaky ReLU between, the middle ones normalised;
/// a score for each patch.
///
/// Parameters have the authors' names, such as `model.2.weight`.
public struct PatchDiscriminator: TranslationDiscriminator {
    public let shape: Pix2PixShape
    public let declarations: [ParameterDeclaration]
    public let decoder: GGDRDecoder?
    private let convolutions: [StridedConvolution]
    /// Of all convolutions but the first and the last.
    private let norms: [FeatureNormalization]

    /// - Parameter decoderShape: of GGDR's decoder on the maps of the convolutions that halve (arXiv 2207.13320); nil for
    ///   none.
    public init(_ shape: Pix2PixShape, decoder decoderShape: DecoderShape? = nil) {
        self.shape = shape
        var builder = ParameterBuilder()
        let last = shape.patchLayers + 1
        var convolutions: [StridedConvolution] = []
        var norms: [FeatureNormalization] = []
        for layer in 0...last {
            // A convolution, a norm and an activation each, but for the first, which has no norm.
            let place = layer == 0 ? 0 : 3 * layer - 1
            let input =
                layer == 0
                ? shape.inputChannels + shape.outputChannels : shape.discriminatorChannels(layer: layer - 1)
            let output = layer == last ? 1 : shape.discriminatorChannels(layer: layer)
            let isNormalized = layer > 0 && layer < last
            convolutions.append(
                StridedConvolution(
                    "model.\(place)", input: input, output: output, kernel: 4, stride: layer < last - 1 ? 2 : 1,
                    padding: 1, hasBias: !isNormalized || shape.normalization == .instance,
                    start: .normal(deviation: 0.02), in: &builder))
            guard isNormalized else { continue }
            norms.append(
                FeatureNormalization("model.\(place + 1)", shape.normalization, channels: output, in: &builder))
        }
        (self.convolutions, self.norms) = (convolutions, norms)
        decoder = decoderShape.map {
            GGDRDecoder(
                $0, encoder: { shape.discriminatorChannels(layer: shape.halvings(to: $0) - 1) },
                generator: { shape.generatorChannels(level: shape.halvings(to: $0) - 1) }, first: shape.firstDecoded,
                in: &builder)
        }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }

    /// Names of what a discriminator without GGDR lacks: the decoder.
    public var partsThatOthersLack: Set<String> { declarations.names(at: [decoder?.places].compactMap { $0 }) }

    /// Scores of patches; their summary is the mean.
    public func callAsFunction(_ inputs: [DiscriminatorInput], _ weights: [Weights]) -> [DiscriminatorOutput] {
        self(inputs.map { (condition: $0.pixels, image: $0.image) }, weights).map { seen in
            DiscriminatorOutput(seen) { $0[0].mean(over: [1, 2]).reshaped([$0[0].shape[0], 1]) }
        }
    }

    public func callAsFunction(_ input: DiscriminatorInput, _ weights: Weights) -> DiscriminatorOutput {
        self([input], [weights])[0]
    }

    public var looksAtWholeBatch: Bool { shape.normalization == .batch }

    /// - Parameters:
    ///   - inputs: of each of this rank's microbatches what was given, [N, H, W, inputChannels], and an image made of it or
    ///     real, [N, H, W, outputChannels].
    ///   - weights: of each.
    /// - Returns: scores [N, h, w, 1], and the maps of the convolutions that halve by their nominal resolution.
    public func callAsFunction(
        _ inputs: [(condition: Tensor, image: Tensor)], _ weights: [Weights]
    ) -> [DenseScores] {
        precondition(
            inputs.count == weights.count, "discriminator: \(inputs.count) inputs with \(weights.count) weights")
        var x = inputs.map { Tensor.concatenated([$0.condition, $0.image], axis: 3) }
        precondition(
            x.allSatisfy { $0.shape[3] == shape.inputChannels + shape.outputChannels },
            "PatchGAN: \(x.map(\.shape)), expected \(shape.inputChannels) and \(shape.outputChannels) channels")
        var features = [[Int: Tensor]](repeating: [:], count: x.count)
        for (layer, convolution) in convolutions.enumerated() {
            let isLast = layer == convolutions.count - 1
            if layer == 0 || isLast {
                let activation = isLast ? Activation.linear : Pix2PixLevel.leaky
                x = zip(x, weights).map { convolution($0, $1, activation: activation) }
            } else {
                x = norms[layer - 1](
                    zip(x, weights).map { convolution($0, $1) }, weights, activation: Pix2PixLevel.leaky)
            }
            guard layer < convolutions.count - 2 else { continue }
            for k in x.indices { features[k][shape.resolution(halvings: layer + 1)] = x[k] }
        }
        return x.indices.map { DenseScores(scores: [x[$0]], features: features[$0], noted: weights[$0].noted) }
    }
}
