import Autodiff
import Kernels
import Layers

/// CC-FPSE's discriminator (arXiv 1910.06809, section 3.2 and figure 3), as in the authors' code: an encoder and its feature
/// pyramid; at three scales a score of each position and beside it the inner product of a map with the embedded semantics.
/// Each layer but the last is spectrally normalised, normalised by instance, leaky ReLU.
///
/// Parameters have the authors' names, such as `lat5.0.0.weight`.
public struct CCFPSEDiscriminator: TranslationDiscriminator {
    public let shape: CCFPSEShape
    public let declarations: [ParameterDeclaration]
    public let decoder: GGDRDecoder?
    /// f₁ … f₅
    private let encoder: [PlainConvolution]
    /// Of f₂ … f₅.
    private let lateral: [PlainConvolution]
    /// q₂ … q₄
    private let final: [PlainConvolution]
    private let score: PlainConvolution
    private let projection: PlainConvolution
    private let embedding: PlainConvolution

    /// - Parameter decoderShape: of GGDR's decoder on f₁ … f₅ (arXiv 2207.13320); nil for none.
    public init(_ shape: CCFPSEShape, decoder decoderShape: DecoderShape? = nil) {
        self.shape = shape
        var builder = ParameterBuilder(weightNormalization: SpectralNormalization())
        let width = shape.discriminatorWidth
        let channels = CCFPSEShape.encoderFactors.map { $0 * width }
        encoder = channels.indices.map { level in
            PlainConvolution(
                "enc\(level + 1).0.0", input: level == 0 ? shape.imageChannels : channels[level - 1],
                output: channels[level], kernel: 3, stride: 2, hasBias: false, in: &builder)
        }
        lateral = (1..<channels.count).map { level in
            PlainConvolution(
                "lat\(level + 1).0.0", input: channels[level], output: 4 * width, kernel: 1, hasBias: false,
                in: &builder)
        }
        final = (2...4).map {
            PlainConvolution(
                "final\($0).0.0", input: 4 * width, output: 2 * width, kernel: 3, hasBias: false, in: &builder)
        }
        (score, projection, embedding) = builder.withoutNormalization { builder in
            (
                PlainConvolution("tf", input: 2 * width, output: 1, kernel: 1, in: &builder),
                PlainConvolution("seg", input: 2 * width, output: 2 * width, kernel: 1, in: &builder),
                PlainConvolution("embedding", input: shape.semantics, output: 2 * width, kernel: 1, in: &builder)
            )
        }
        decoder = decoderShape.map {
            GGDRDecoder(
                $0, encoder: { channels[shape.halvings(to: $0) - 1] },
                generator: { shape.generatorChannels(halvings: shape.halvings(to: $0)) }, first: shape.firstDecoded,
                in: &builder)
        }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }

    /// Names of what a discriminator without GGDR lacks: the decoder.
    public var partsThatOthersLack: Set<String> { declarations.names(at: [decoder?.places].compactMap { $0 }) }

    /// Scores of three scales; their summary is the mean over the scales of the mean over the positions.
    public func callAsFunction(_ input: DiscriminatorInput, _ weights: Weights) -> DiscriminatorOutput {
        DiscriminatorOutput(self(input.image, semantics: input.pixels, weights)) { scores in
            let means = scores.map { $0.mean(over: [1, 2]).reshaped([$0.shape[0], 1]) }
            return means.dropFirst().reduce(means[0], +) * (1 / Float(means.count))
        }
    }

    /// - Parameters:
    ///   - image: [N, H, W, imageChannels]
    ///   - semantics: [N, H, W, semantics]
    /// - Returns: scores [N, h, w, 1] at 1/4, 1/8 and 1/16 of the size; and f₁ … f₅ by their nominal resolution.
    public func callAsFunction(_ image: Tensor, semantics: Tensor, _ weights: Weights) -> DenseScores {
        let multiple = 32
        precondition(
            image.rank == 4 && image.shape[3] == shape.imageChannels && image.shape[1] % multiple == 0
                && image.shape[2] % multiple == 0
                && semantics.shape == [image.shape[0], image.shape[1], image.shape[2], shape.semantics],
            "CC-FPSE: images \(image.shape) with semantics \(semantics.shape), expected \(shape.imageChannels) and "
                + "\(shape.semantics) channels, both sides multiples of \(multiple)")
        func layer(_ convolution: PlainConvolution, _ x: Tensor) -> Tensor {
            convolution(x, weights).instanceNormalized(epsilon: 1e-5, activation: CCFPSEGeneratorBlock.leaky)
        }
        var x = image
        var encoded: [Tensor] = []
        for convolution in encoder {
            x = layer(convolution, x)
            encoded.append(x)
        }
        var pyramid = layer(lateral[3], encoded[4])
        // An average of the semantics' embedding is the embedding of their average, of fewer pixels.
        var averages = [semantics.boxDownsampled().boxDownsampled()]
        for _ in 0..<2 { averages.append(averages[averages.count - 1].boxDownsampled()) }
        var scores: [Tensor] = []
        for level in [2, 1, 0] {
            pyramid = pyramid.bilinearUpsampled() + layer(lateral[level], encoded[level + 1])
            let map = layer(final[level], pyramid)
            let inner = Tensor.contract(
                projection(map, weights), embedding(averages[level], weights), to: map.shape.dropLast() + [1])
            scores.append(score(map, weights) + inner)
        }
        let features = encoded.indices.map { (shape.resolution(halvings: $0 + 1), encoded[$0]) }
        return DenseScores(
            scores: scores.reversed(), features: Dictionary(uniqueKeysWithValues: features), noted: weights.noted)
    }

    /// Nominal resolutions of f₂ … f₅: what feature matching compares.
    public var matchedResolutions: [Int] { (2...5).map(shape.resolution(halvings:)) }
}
