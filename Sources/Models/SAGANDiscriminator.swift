import Autodiff
import Kernels
import Layers

/// SAGAN's discriminator (arXiv 1805.08318, section 3 and 4), as in the authors' code at 128²: residual blocks down to 4×4 and one
/// more, ReLU, the sum over positions, a dense layer; with labels the projection on the class's embedding besides
/// (arXiv 1802.05637), of numbers on an embedding of two layers; and a layer that tells the numbers where that is asked
/// for. With the GGDR decoder on its feature maps (arXiv 2207.13320) when one is asked for.
///
/// Parameters have the authors' names, such as `d_block2/sn_conv1/w` and `d_embedding/embedding_map`.
public struct SAGANDiscriminator: Discriminator {
    public let shape: SAGANShape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public let decoder: GGDRDecoder?
    public let labelDecoder: LabelDecoder?
    /// From half of the images' resolution down to 4×4, twice there.
    private let blocks: [SAGANDiscriminatorBlock]
    private let attention: [Int: AttentionBlock]
    private let dense: GlorotDense
    private let embedding: ClassEmbedding?
    /// Before the embedding of numbers: a score that is linear in them could not prefer any but the outermost.
    private let embeddingInput: GlorotDense?
    private let regression: PlacedLayer<GlorotDense>?

    /// - Parameters:
    ///   - decoderShape: nil for no decoder.
    ///   - maps: what label maps to predict; nil for none.
    public init(
        _ shape: SAGANShape, extras: NetworkExtras = .none, decoder decoderShape: DecoderShape? = nil,
        maps: LabelMapShape? = nil,
        memory: ActivationMemory = .full
    ) {
        extras.check(among: Self.attentionResolutions(shape), of: "SAGAN discriminator of \(shape.resolution)²")
        self.shape = shape
        self.memory = memory
        var builder = extras.builder(.siblings)
        var attention: [Int: AttentionBlock] = [:]
        var blocks: [SAGANDiscriminatorBlock] = []
        func attend(_ r: Int) {
            guard extras.attention.contains(r) else { return }
            attention[r] = AttentionBlock(
                SAGANShape.attentionName("d", r), channels: shape.discriminatorChannels(r),
                size: shape.grid.size(at: r), extras: extras,
                convention: .sagan, padding: shape.padding, in: &builder)
        }
        for r in shape.discriminatorResolutions {
            blocks.append(
                SAGANDiscriminatorBlock(
                    blocks.isEmpty ? "d_optimized_block1" : "d_block\(blocks.count + 1)",
                    blocks.isEmpty ? .first : .middle,
                    input: blocks.isEmpty ? shape.imageChannels : shape.discriminatorChannels(2 * r),
                    output: shape.discriminatorChannels(r), resolution: r, padding: shape.padding, in: &builder))
            if r > 4 { attend(r) }
        }
        let channels = shape.discriminatorChannels(4)
        blocks.append(
            SAGANDiscriminatorBlock(
                "d_block\(blocks.count + 1)", .last, input: channels, output: channels, resolution: 4,
                padding: shape.padding, in: &builder))
        attend(4)
        (self.blocks, self.attention) = (blocks, attention)
        dense = GlorotDense("d_sn_linear", input: channels, output: 1, in: &builder)
        let hasNumbers = shape.labelDim > 0 && shape.condition == .vector
        embeddingInput =
            hasNumbers
            ? GlorotDense("d_embedding/input", input: shape.labelDim, output: channels, in: &builder) : nil
        embedding =
            shape.labelDim > 0
            ? ClassEmbedding(
                "d_embedding/embedding_map", classes: hasNumbers ? channels : shape.labelDim, features: channels,
                isNormalized: true,
                in: &builder) : nil
        regression = builder.regressionHead(shape.regressionDim) {
            GlorotDense("d_regression", input: channels, output: shape.regressionDim, in: &$0)
        }
        decoder = decoderShape.map {
            GGDRDecoder(
                $0, encoder: shape.discriminatorChannels, generator: shape.generatorChannels,
                padding: shape.padding, in: &builder)
        }
        labelDecoder = maps.map {
            LabelDecoder(
                $0, encoder: shape.discriminatorChannels, generator: shape.generatorChannels,
                padding: shape.padding, in: &builder)
        }
        declarations = builder.declarations
    }

    /// Where it can have attention: behind the last block of a resolution.
    public static func attentionResolutions(_ shape: SAGANShape) -> [Int] { shape.discriminatorResolutions.reversed() }

    public var regressionPlaces: Range<Int>? { regression?.places }
    public var resolution: Int { shape.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    /// Names of what a discriminator of other settings may not have: the decoder, what tells numbers, and what attends.
    public var partsThatOthersLack: Set<String> {
        declarations.names(
            at: attention.values.map(\.places)
                + [decoder?.places, labelDecoder?.places, regressionPlaces].compactMap { $0 })
    }

    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        check(image, channels: shape.imageChannels)
        let n = image.shape[0]
        var x = image
        var features: [Int: Tensor] = [:]
        var projections: [Int: AttentionProjections] = [:]
        for (place, block) in blocks.enumerated() {
            x = memory.block { [x] in block(x, weights) }
            let isLastOfResolution = place == blocks.count - 1 || block.resolution > 4
            if isLastOfResolution, let attention = attention[block.resolution] {
                let attended = attention(x, weights, memory: memory)
                x = attended.features
                projections[block.resolution] = attended.projections
            }
            features[block.resolution] = x
        }
        let sums = x.activated(SAGANDiscriminatorBlock.relu).sum(to: [n, 1, 1, x.shape[3]])
            .reshaped([n, x.shape[3]])
        var logits = dense(sums, weights)
        if let embedding {
            guard let labels else { preconditionFailure("SAGAN discriminator: labels are missing") }
            let known = embeddingInput.map { $0(labels, weights).activated(SAGANDiscriminatorBlock.relu) } ?? labels
            logits = logits + Tensor.contract(sums, embedding(known, weights), to: [n, 1])
        }
        return DiscriminatorOutput(
            logits: logits, regression: regression.map { $0.layer(sums, weights) }, features: features,
            attention: projections)
    }
}
