import Autodiff
import Kernels
import Layers

/// R3GAN's discriminator (arXiv 2501.05441, section 3.3), as in the authors' code: the generator's mirror. With the GGDR
/// decoder on its feature maps (arXiv 2207.13320) when one is asked for.
///
/// Parameters have the authors' names, such as `MainLayers.0.Layers.1.LinearLayer2.Layer.weight`: of the largest maps the
/// second block.
public struct R3GANDiscriminator: Discriminator {
    public let shape: R3GANShape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public let decoder: GGDRDecoder?
    public let labelDecoder: LabelDecoder?
    private let extraction: ResidualConvolution
    /// From the images' resolution down.
    private let stages: [Stage]
    private let basis: R3GANDiscriminativeBasis
    private let embedding: R3GANLabelEmbedding?

    private struct Stage: Sendable {
        let resolution: Int
        let blocks: [R3GANBlock]
        /// Where channels change.
        let exit: ResidualConvolution?
    }

    /// - Parameters:
    ///   - decoderShape: nil for no decoder.
    ///   - maps: what label maps to predict; nil for none.
    public init(
        _ shape: R3GANShape, decoder decoderShape: DecoderShape? = nil, maps: LabelMapShape? = nil,
        memory: ActivationMemory = .full
    ) {
        self.shape = shape
        self.memory = memory
        var builder = ParameterBuilder()
        extraction = ResidualConvolution(
            "ExtractionLayer", input: shape.imageChannels, output: shape.channels(shape.grid.resolution), in: &builder)
        let last = shape.stages.count - 1
        stages = shape.stages.reversed().enumerated().map { place, stage in
            let name = "MainLayers.\(place).Layers"
            let blocks = (0..<stage.blocks).map { R3GANBlock("\(name).\($0)", stage, of: shape, in: &builder) }
            let after = place == last ? stage.width : shape.stages[last - place - 1].width
            return Stage(
                resolution: 4 << (last - place), blocks: blocks,
                exit: after == stage.width
                    ? nil
                    : ResidualConvolution(
                        "\(name).\(stage.blocks).LinearLayer", input: stage.width, output: after, in: &builder))
        }
        basis = R3GANDiscriminativeBasis(
            "MainLayers.\(last).Layers.\(shape.stages[0].blocks)", channels: shape.channels(4),
            output: shape.labelDim > 0 ? shape.discriminatorEmbedding : 1, size: shape.grid.size(at: 4),
            regressionDim: shape.regressionDim, in: &builder)
        embedding = shape.labelDim > 0 ? R3GANLabelEmbedding("EmbeddingLayer", shape, in: &builder) : nil
        decoder = decoderShape.map { GGDRDecoder($0, channels: shape.channels, in: &builder) }
        labelDecoder = maps.map {
            LabelDecoder($0, encoder: shape.channels, generator: shape.channels, in: &builder)
        }
        declarations = builder.declarations
    }

    public var regressionPlaces: Range<Int>? { basis.regression?.places }
    public var resolution: Int { shape.grid.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    /// Names of what a discriminator of other settings may not have: the decoder, what tells numbers, and what stands for no
    /// class.
    public var partsThatOthersLack: Set<String> {
        declarations.names(
            at: [decoder?.places, labelDecoder?.places, regressionPlaces, embedding?.none?.places].compactMap { $0 })
    }

    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        check(image, channels: shape.imageChannels)
        var x = extraction(image, weights)
        var features: [Int: Tensor] = [:]
        for stage in stages {
            for block in stage.blocks { x = memory.block { [x] in block(x, weights) } }
            guard stage.resolution > 4 else { break }
            x = x.downsampled()
            if let exit = stage.exit { x = exit(x, weights) }
            features[stage.resolution / 2] = x
        }
        let (seen, regression) = basis(x, weights)
        return DiscriminatorOutput(
            logits: score(seen, labels, weights), regression: regression, features: features)
    }
    /// - Parameter seen: what is made of images: their score, or what its product with a label's vector is.
    private func score(_ seen: Tensor, _ labels: Tensor?, _ weights: Weights) -> Tensor {
        guard let embedding else { return seen }
        guard let labels else { preconditionFailure("R3GAN discriminator: labels are missing") }
        return .contract(seen, embedding(labels, weights), to: [seen.shape[0], 1])
    }
}
