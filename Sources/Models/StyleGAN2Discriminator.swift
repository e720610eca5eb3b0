import Autodiff
import Kernels
import Layers

/// StyleGAN2's discriminator (arXiv 1912.04958, figure 7), with the GGDR decoder on its feature maps
/// (arXiv 2207.13320) when one is asked for.
///
/// It can also grow (arXiv 1710.10196, section 2): then each resolution has a fromRGB, down to 4×4.
public struct StyleGAN2Discriminator: GrowingDiscriminator {
    public enum Architecture: String, Sendable {
        /// Residual blocks.
        case resnet
        /// A plain stack.
        case orig
    }

    public let shape: StyleGAN2Shape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public private(set) var level: GrowthLevel
    /// By the resolution of the images that they take: that of place k is 4·2ᵏ.
    private let fromRGB: [PlacedLayer<EqualizedConvolution>?]
    private let blocks: [DiscriminatorBlock]
    private let epilogue: PlacedLayer<DiscriminatorEpilogue>
    private let labelMapping: PlacedLayer<MappingNetwork>?
    /// By the resolution of the block's result that it attends to.
    private let attention: [Int: AttentionBlock]
    private let guide: GGDRDecoder?
    private let mapDecoder: LabelDecoder?

    /// Layers of the label's mapping network.
    static let labelMappingLayers = 8

    /// - Parameters:
    ///   - minibatchGroup: samples in a group of the minibatch standard deviation.
    ///   - decoderShape: nil for no decoder.
    ///   - maps: what label maps to predict; nil for none.
    ///   - grows: whether images of lower resolutions are taken, too.
    public init(
        _ shape: StyleGAN2Shape, extras: NetworkExtras = .none, architecture: Architecture, minibatchGroup: Int,
        decoder decoderShape: DecoderShape?, maps: LabelMapShape? = nil, memory: ActivationMemory = .full,
        grows: Bool = false
    ) {
        extras.check(among: Self.attentionResolutions(shape), of: "StyleGAN2 discriminator of \(shape.resolution)²")
        self.shape = shape
        self.memory = memory
        var builder = extras.builder()
        var attention: [Int: AttentionBlock] = [:]
        var blocks: [DiscriminatorBlock] = []
        var entries: [PlacedLayer<EqualizedConvolution>?] = []
        for r in shape.resolutions.reversed() {
            entries.append(
                grows || r == shape.resolution
                    ? builder.placed {
                        EqualizedConvolution(
                            "b\(r).fromrgb", input: shape.imageChannels, output: shape.channels(r), kernel: 1,
                            activation: Activation(clamp: shape.clamp), in: &$0)
                    } : nil)
            if r > 4 {
                blocks.append(
                    DiscriminatorBlock(resolution: r, shape: shape, architecture: architecture, in: &builder))
                guard extras.attention.contains(r / 2) else { continue }
                attention[r / 2] = AttentionBlock(
                    { StyleGAN2Shape.attentionName("b\(r / 2)", $0) }, channels: shape.channels(r / 2),
                    size: shape.grid.size(at: r / 2), extras: extras,
                    convention: .styleGAN2, padding: shape.padding, in: &builder)
            }
        }
        (self.blocks, self.attention) = (blocks, attention)
        fromRGB = entries.reversed()
        let labelFeatures = shape.labelDim > 0 ? shape.channels(4) : 0
        epilogue = builder.placed {
            DiscriminatorEpilogue(shape: shape, group: minibatchGroup, labelFeatures: labelFeatures, in: &$0)
        }
        labelMapping =
            shape.labelDim > 0
            ? builder.placed {
                MappingNetwork(
                    "mapping", zDim: 0, labelDim: shape.labelDim, wDim: labelFeatures, condition: shape.condition,
                    layers: Self.labelMappingLayers, in: &$0)
            } : nil
        guide = decoderShape.map { GGDRDecoder($0, channels: shape.channels, padding: shape.padding, in: &builder) }
        mapDecoder = maps.map {
            LabelDecoder($0, encoder: shape.channels, generator: shape.channels, padding: shape.padding, in: &builder)
        }
        declarations = builder.declarations
        level = GrowthLevel(resolution: shape.resolution)
    }

    /// Where it can have attention: behind any block.
    public static func attentionResolutions(_ shape: StyleGAN2Shape) -> [Int] { shape.resolutions.dropLast() }

    public var regressionPlaces: Range<Int>? { epilogue.layer.regressionPlaces }
    public var finalResolution: Int { shape.resolution }
    public var resolution: Int { level.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var decoder: GGDRDecoder? { guide.flatMap { $0.resolution <= level.resolution ? $0 : nil } }

    public var labelDecoder: LabelDecoder? { mapDecoder.flatMap { $0.resolution <= level.resolution ? $0 : nil } }

    public func at(_ level: GrowthLevel) -> Self {
        var copy = self
        copy.level = level
        _ = copy.fromRGB(at: level.resolution)
        return copy
    }

    /// Names of what a discriminator of other settings may not have: the decoder, entries for images of lower
    /// resolutions, what tells numbers, what stands for no class, and what attends.
    public var partsThatOthersLack: Set<String> {
        let beside = [guide?.places, mapDecoder?.places, regressionPlaces, labelMapping?.layer.none?.places]
        let places = fromRGB.dropLast().map { $0?.places } + beside + attention.values.map(\.places)
        return declarations.names(at: places.compactMap { $0 })
    }

    public var activeParameters: Set<String> {
        var active = [fromRGB(at: level.resolution).places, epilogue.places] + shownBlocks.map(\.places)
        if level.isFading { active.append(fromRGB(at: level.resolution / 2).places) }
        active += [labelMapping?.places, decoder?.places, labelDecoder?.places].compactMap { $0 }
        active += shownBlocks.compactMap { attention[$0.resolution / 2]?.places }
        return declarations.trainedNames(at: active)
    }

    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        let side = level.resolution
        check(image, channels: shape.imageChannels)
        let entry = fromRGB(at: side).layer
        var x = image
        var features: [Int: Tensor] = [:]
        var projections: [Int: AttentionProjections] = [:]
        if side == 4 {
            x = entry(image, weights)
            features[4] = x
        }
        for block in shownBlocks {
            if block.resolution == side {
                x = memory.block { block(entry(image, weights), weights) }
                if level.isFading {
                    let old = fromRGB(at: side / 2).layer(image.boxDownsampled(), weights)
                    x = x.faded(with: old, share: level.fade)
                }
            } else {
                x = memory.block { [x] in block(x, weights) }
            }
            if let attention = attention[block.resolution / 2] {
                let attended = attention(x, weights, memory: memory)
                x = attended.features
                projections[block.resolution / 2] = attended.projections
            }
            features[block.resolution / 2] = x
        }
        let mapped = labelMapping.map { $0.layer(nil, labels: labels, weights) }
        let (logits, regression) = epilogue.layer(x, mappedLabel: mapped, weights)
        return DiscriminatorOutput(
            logits: logits, regression: regression, features: features, attention: projections)
    }

    private var shownBlocks: ArraySlice<DiscriminatorBlock> { blocks.drop { $0.resolution > level.resolution } }

    private func fromRGB(at resolution: Int) -> PlacedLayer<EqualizedConvolution> {
        let place = resolution.trailingZeroBitCount - 2
        guard fromRGB.indices.contains(place), resolution == 4 << place, let entry = fromRGB[place] else {
            preconditionFailure(
                "discriminator: it was not built to grow, and takes no images of \(resolution)×\(resolution)")
        }
        return entry
    }
}
