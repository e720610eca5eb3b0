import Autodiff
import Kernels
import Layers

/// OASIS's discriminator (arXiv 2012.04781, section 3.1 and table E), a segmenting U-Net: it tells every pixel's class, or
/// that it is not real. Spectrally normalised but for the last layer.
///
/// Parameters have the authors' names, such as `body_up.0.conv1.2.weight`.
public struct OASISDiscriminator: TranslationDiscriminator {
    public let shape: OASISShape
    public let declarations: [ParameterDeclaration]
    public let decoder: GGDRDecoder?
    private let down: [OASISDiscriminatorBlock]
    private let up: [OASISDiscriminatorBlock]
    private let last: PlainConvolution

    /// - Parameter decoderShape: of GGDR's decoder on the maps on the way down (arXiv 2207.13320); nil for none.
    public init(_ shape: OASISShape, decoder decoderShape: DecoderShape? = nil) {
        self.shape = shape
        var builder = ParameterBuilder(weightNormalization: SpectralNormalization())
        down = (0..<shape.blocks).map { block in
            OASISDiscriminatorBlock(
                "body_down.\(block)", block == 0 ? .first : .down,
                input: block == 0 ? shape.imageChannels : shape.discriminatorChannels(down: block - 1),
                output: shape.discriminatorChannels(down: block), in: &builder)
        }
        up = (0..<shape.blocks).map { block in
            let before =
                block == 0
                ? shape.discriminatorChannels(down: shape.blocks - 1)
                : shape.discriminatorChannels(up: block - 1)
                    + shape.discriminatorChannels(down: shape.blocks - 1 - block)
            return OASISDiscriminatorBlock(
                "body_up.\(block)", .up, input: before, output: shape.discriminatorChannels(up: block), in: &builder)
        }
        last = builder.withoutNormalization {
            PlainConvolution(
                "layer_up_last", input: shape.discriminatorChannels(up: shape.blocks - 1), output: shape.classes + 1,
                kernel: 1, in: &$0)
        }
        decoder = decoderShape.map {
            GGDRDecoder(
                $0, encoder: { shape.discriminatorChannels(down: shape.halvings(to: $0) - 1) },
                generator: { shape.generatorChannels(before: shape.blocks - shape.halvings(to: $0)) },
                first: shape.firstDecoded, in: &builder)
        }
        declarations = builder.declarations
    }

    public var grid: NetworkGrid { shape.grid }

    /// Names of what a discriminator without GGDR lacks: the decoder.
    public var partsThatOthersLack: Set<String> { declarations.names(at: [decoder?.places].compactMap { $0 }) }

    /// It is told no label map: its scores are of each pixel's class, N + 1 channels. Their summary is by how much the best
    /// class's score is above that of what is not real, the mean over the pixels.
    public func callAsFunction(_ input: DiscriminatorInput, _ weights: Weights) -> DiscriminatorOutput {
        DiscriminatorOutput(self(input.image, weights)) { Self.margins($0[0]) }
    }

    private static func margins(_ scores: Tensor) -> Tensor {
        let (samples, classes) = (scores.shape[0], scores.shape[3])
        let pixels = scores.count / samples / classes
        var sums = [Double](repeating: 0, count: samples)
        scores.view.withUnsafeElements { values in
            for pixel in 0..<samples * pixels {
                let start = pixel * classes
                var best = -Float.infinity
                for at in start + 1..<start + classes where values[at] > best { best = values[at] }
                sums[pixel / pixels] += Double(best - values[start])
            }
        }
        return Tensor(sums.map { Float($0 / Double(pixels)) }, shape: [samples, 1])
    }

    /// - Parameter image: [N, H, W, imageChannels]
    /// - Returns: scores [N, H, W, classes + 1], the first of what is not real; and the maps on the way down by their nominal
    ///   resolution.
    public func callAsFunction(_ image: Tensor, _ weights: Weights) -> DenseScores {
        let multiple = 1 << shape.blocks
        precondition(
            image.rank == 4 && image.shape[3] == shape.imageChannels && image.shape[1] % multiple == 0
                && image.shape[2] % multiple == 0,
            "OASIS: images \(image.shape), expected \(shape.imageChannels) channels, both sides multiples of \(multiple)"
        )
        var x = image
        var kept: [Tensor] = []
        for block in down {
            x = block(x, weights)
            kept.append(x)
        }
        for (place, block) in up.enumerated() {
            x = block(place == 0 ? x : .concatenated([kept[kept.count - 1 - place], x], axis: 3), weights)
        }
        let features = kept.indices.map { (shape.resolution(halvings: $0 + 1), kept[$0]) }
        return DenseScores(
            scores: [last(x, weights)], features: Dictionary(uniqueKeysWithValues: features), noted: weights.noted)
    }
}
