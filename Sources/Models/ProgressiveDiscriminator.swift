import Autodiff
import Kernels
import Layers

/// The discriminator of progressive growing (arXiv 1710.10196, table 2), with an auxiliary classifier where there are
/// labels (arXiv 1610.09585) or, where that is asked for, what tells numbers that condition images, and the GGDR decoder
/// on its feature maps (arXiv 2207.13320) when one is asked for.
///
/// Parameters have the reference's names, such as `8x8/Conv1_down/weight` and `FromRGB_lod1/bias`.
public struct ProgressiveDiscriminator: GrowingDiscriminator {
    public let shape: ProgressiveShape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public private(set) var level: GrowthLevel
    private let guide: GGDRDecoder?
    private let mapDecoder: LabelDecoder?
    /// From the final resolution down to 8×8.
    private let blocks: [PlacedLayer<ProgressiveBlock>]
    /// From 4×4 to scores.
    private let epilogue: PlacedLayer<ProgressiveBlock>
    /// From 4×4 up.
    private let fromRGB: [PlacedLayer<HeConvolution>]
    /// By the resolution of the block's result that it attends to.
    private let attention: [Int: AttentionBlock]

    /// - Parameters:
    ///   - decoderShape: nil for no decoder.
    ///   - maps: what label maps to predict; nil for none.
    public init(
        _ shape: ProgressiveShape, extras: NetworkExtras = .none, decoder decoderShape: DecoderShape?,
        maps: LabelMapShape? = nil,
        memory: ActivationMemory = .full
    ) {
        extras.check(among: Self.attentionResolutions(shape), of: "progressive discriminator of \(shape.resolution)²")
        self.shape = shape
        self.memory = memory
        let activation = Activation(gain: 1)
        func convolution(
            _ name: String, _ input: Int, _ output: Int, kernel: Int = 3,
            _ resampling: ResolutionChange = .none, in builder: inout ParameterBuilder
        ) -> HeConvolution {
            HeConvolution(
                name, input: input, output: output, kernel: kernel, resampling: resampling, padding: shape.padding,
                scaling: shape.scaling(),
                activation: activation, in: &builder)
        }
        var builder = extras.builder()
        var attention: [Int: AttentionBlock] = [:]
        var fromRGB: [PlacedLayer<HeConvolution>] = []
        func addFromRGB(_ r: Int) {
            fromRGB.append(
                builder.placed {
                    convolution(
                        "FromRGB_lod\(shape.lod(r))", shape.imageChannels, shape.channels(r), kernel: 1, in: &$0)
                })
        }
        var blocks: [PlacedLayer<ProgressiveBlock>] = []
        for r in shape.resolutions.dropFirst().reversed() {
            addFromRGB(r)
            let (full, half) = (shape.channels(r), shape.channels(r / 2))
            blocks.append(
                builder.placed {
                    let layers = [
                        convolution("\(r)x\(r)/Conv0", full, full, in: &$0),
                        convolution("\(r)x\(r)/Conv1_down", full, half, .down, in: &$0),
                    ]
                    return ProgressiveBlock(resolution: r, layers: layers, isNormalized: false)
                })
            if extras.attention.contains(r / 2) {
                attention[r / 2] = AttentionBlock(
                    { ProgressiveShape.attentionName(r / 2, $0) }, channels: half,
                    size: shape.grid.size(at: r / 2), extras: extras,
                    convention: .progressive(shape.scaling(gain: 1)), padding: shape.padding, in: &builder)
            }
        }
        addFromRGB(4)
        let (last, dense) = (shape.channels(4), shape.channels(2))
        epilogue = builder.placed {
            let layers: [any HeLayer] = [
                convolution("4x4/Conv", last + (shape.mbstdGroup > 1 ? 1 : 0), last, in: &$0),
                HeDense(
                    "4x4/Dense0", input: last, output: dense,
                    image: .input(height: shape.startHeight, width: shape.startWidth), scaling: shape.scaling(),
                    activation: activation, in: &$0),
                HeDense(
                    "4x4/Dense1", input: dense, output: 1 + shape.scoredClasses + shape.regressionDim,
                    scaling: shape.scaling(gain: 1),
                    activation: .linear, in: &$0),
            ]
            return ProgressiveBlock(resolution: 4, layers: layers, isNormalized: false)
        }
        guide = decoderShape.map { GGDRDecoder($0, channels: shape.channels, padding: shape.padding, in: &builder) }
        mapDecoder = maps.map {
            LabelDecoder($0, encoder: shape.channels, generator: shape.channels, padding: shape.padding, in: &builder)
        }
        (self.blocks, self.fromRGB, self.attention) = (blocks, fromRGB.reversed(), attention)
        declarations = builder.declarations
        level = GrowthLevel(resolution: shape.resolution)
    }

    /// Where it can have attention: behind any block.
    public static func attentionResolutions(_ shape: ProgressiveShape) -> [Int] { shape.resolutions.dropLast() }

    public var finalResolution: Int { shape.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var resolution: Int { level.resolution }
    public var decoder: GGDRDecoder? { guide.flatMap { $0.resolution <= level.resolution ? $0 : nil } }
    public var labelDecoder: LabelDecoder? { mapDecoder.flatMap { $0.resolution <= level.resolution ? $0 : nil } }

    public func at(_ level: GrowthLevel) -> Self {
        shape.check(level)
        var copy = self
        copy.level = level
        return copy
    }

    private var shownBlocks: ArraySlice<PlacedLayer<ProgressiveBlock>> {
        blocks.suffix(shape.place(level.resolution))
    }

    /// Names of what a discriminator of other settings may not have: the decoder and what attends.
    public var partsThatOthersLack: Set<String> {
        declarations.names(at: [guide?.places, mapDecoder?.places].compactMap { $0 } + attention.values.map(\.places))
    }

    public var activeParameters: Set<String> {
        var active = shownBlocks.map(\.places) + [epilogue.places]
        active += shape.shown(at: level).map { fromRGB[$0].places }
        active += shownBlocks.compactMap { attention[$0.layer.resolution / 2]?.places }
        active += [decoder?.places, labelDecoder?.places].compactMap { $0 }
        return declarations.trainedNames(at: active)
    }

    /// - Parameter labels: not read: classes and numbers are told from images alone.
    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        check(image, channels: shape.imageChannels)
        let r = level.resolution
        let entry = shape.place(r)
        var x = image
        var features: [Int: Tensor] = [:]
        var projections: [Int: AttentionProjections] = [:]
        for block in shownBlocks.lazy.map(\.layer) {
            x = memory.block { [x] in
                guard block.resolution == r else { return block(x, weights) }
                let new = block(fromRGB[entry].layer(x, weights), weights)
                guard level.isFading else { return new }
                let old = fromRGB[entry - 1].layer(x.boxDownsampled(), weights)
                return new.faded(with: old, share: level.fade)
            }
            if let attention = attention[block.resolution / 2] {
                let attended = attention(x, weights, memory: memory)
                x = attended.features
                projections[block.resolution / 2] = attended.projections
            }
            features[block.resolution / 2] = x
        }
        if r == 4 { x = fromRGB[entry].layer(x, weights) }
        if shape.mbstdGroup > 1 { x = x.withMinibatchStandardDeviation(group: shape.mbstdGroup) }
        let scores = epilogue.layer(x, weights)
        return DiscriminatorOutput(
            logits: scores.slice(axis: 1, start: 0, length: 1),
            classLogits: shape.scoredClasses > 0 ? scores.slice(axis: 1, start: 1, length: shape.scoredClasses) : nil,
            regression: shape.regressionDim > 0
                ? scores.slice(axis: 1, start: 1 + shape.scoredClasses, length: shape.regressionDim) : nil,
            features: features, attention: projections)
    }
}
