import Autodiff
import Layers

/// StyleGAN2's generator with skip connections (arXiv 1912.04958, section 4.1, figure 7b).
///
/// It can also grow (arXiv 1710.10196, section 2): its skip path already is a sum of images of all resolutions.
public struct StyleGAN2Generator: GrowingGenerator {
    public let shape: StyleGAN2Shape
    public let memory: ActivationMemory
    public let declarations: [ParameterDeclaration]
    public private(set) var level: GrowthLevel
    public let mapping: MappingNetwork
    private let mappingPlaces: Range<Int>
    private let average: ParameterHandle
    private let blocks: [SynthesisBlock]

    /// The name of the tracked mean of w.
    public static let wAverage = "mapping.w_avg"
    /// How much of the tracked mean of w stays, a phase (arXiv 1812.04948, section B, by the reference).
    static let wAverageDecay: Float = 0.995

    public init(_ shape: StyleGAN2Shape, extras: NetworkExtras = .none, memory: ActivationMemory = .full) {
        extras.check(among: Self.attentionResolutions(shape), of: "StyleGAN2 generator of \(shape.resolution)²")
        self.shape = shape
        self.memory = memory
        var builder = extras.builder()
        blocks = shape.resolutions.map { SynthesisBlock(resolution: $0, shape: shape, extras: extras, in: &builder) }
        let placed = builder.placed {
            MappingNetwork(
                "mapping", zDim: shape.zDim, labelDim: shape.labelDim, wDim: shape.wDim, condition: shape.condition,
                layers: shape.mappingLayers, in: &$0)
        }
        (mapping, mappingPlaces) = (placed.layer, placed.places)
        average = builder.declare(
            ParameterDeclaration(
                Self.wAverage, .plain([shape.wDim]), initial: .constant(0), isTrained: false,
                tracking: TrackedMean(decay: Self.wAverageDecay)))
        declarations = builder.declarations
        level = GrowthLevel(resolution: shape.resolution)
    }

    /// Where it can have attention: behind the convolutions of any block, before its colours.
    public static func attentionResolutions(_ shape: StyleGAN2Shape) -> [Int] { shape.resolutions }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { level.resolution }
    public var finalResolution: Int { shape.resolution }
    public func mapSize(at resolution: Int) -> MapSize { shape.grid.size(at: resolution) }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { shape.wDim }
    public var styleCount: Int { shape.wCount(at: level.resolution) }

    /// The resolution of each layer that takes a style: the convolutions, and behind them the last colours, as those below
    /// share the style of the convolution that follows.
    public var styleResolutions: [Int] {
        shownBlocks.flatMap { Array(repeating: $0.resolution, count: $0.convolutions) } + [level.resolution]
    }

    public func at(_ level: GrowthLevel) -> Self {
        precondition(
            shape.resolutions.contains(level.resolution),
            "StyleGAN2 generator of \(shape.resolution)²: it has no level \(level)")
        var copy = self
        copy.level = level
        return copy
    }

    public var partsThatOthersLack: Set<String> {
        declarations.names(at: blocks.compactMap(\.attentionPlaces) + [mapping.none?.places].compactMap { $0 })
    }

    /// Names of the mapping network's.
    public var mappingParameters: Set<String> { declarations.trainedNames(at: [mappingPlaces]) }

    public var activeParameters: Set<String> {
        declarations.trainedNames(at: shownBlocks.map(\.places) + [mappingPlaces])
    }

    private var shownBlocks: ArraySlice<SynthesisBlock> { blocks.prefix { $0.resolution <= level.resolution } }

    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        let w = mapping(input.z, labels: input.labels, weights)
        weights.note(average, Tape.paused { w.mean(over: [0]).array })
        let styles = styles(truncated(w, psi: input.truncation, weights), input, weights)
        let output = synthesize(ws: styles, noise: input.noise, weights)
        return GeneratorOutput(
            image: output.image, features: output.features, styles: styles, noted: weights.noted,
            attention: output.attention)
    }

    /// The style of each layer, [N, styleCount, wDim]: where the mask says so, that of a second z.
    private func styles(_ w: Tensor, _ input: GeneratorInput, _ weights: Weights) -> Tensor {
        guard let mixing = input.mixing else { return broadcast(w) }
        let n = w.shape[0]
        let other = truncated(
            mapping(mixing.z, labels: input.labels, weights), psi: input.truncation, weights)
        let first = w.reshaped([n, 1, shape.wDim])
        let second = other.reshaped([n, 1, shape.wDim])
        return mixing.mask.affine(-1, 1) * first + mixing.mask * second
    }

    /// The same w for every layer: [N, styleCount, wDim].
    public func broadcast(_ w: Tensor) -> Tensor {
        w.reshaped([w.shape[0], 1, shape.wDim]).sum(to: [w.shape[0], styleCount, shape.wDim])
    }

    /// Moves w towards the tracked mean (arXiv 1812.04948, section B): mean + psi·(w − mean).
    public func truncated(_ w: Tensor, psi: Float, _ weights: Weights) -> Tensor {
        psi == 1 ? w : truncated(w, by: Tensor([psi], shape: [1, 1]), weights)
    }

    /// The same for a ψ that is a tensor, [1, 1].
    public func truncated(_ w: Tensor, by psi: Tensor, _ weights: Weights) -> Tensor {
        let mean = weights[average].reshaped([1, shape.wDim])
        return mean + (w - mean) * psi
    }

    /// Synthesis network.
    ///
    /// - Parameter ws: [N, styleCount, wDim]
    public func synthesize(ws: Tensor, noise: Noise, _ weights: Weights) -> GeneratorOutput {
        let count = styleCount
        precondition(
            ws.rank == 3 && ws.shape[1] == count && ws.shape[2] == shape.wDim,
            "synthesis: ws \(ws.shape), expected [N, \(count), \(shape.wDim)]")
        let n = ws.shape[0]
        func w(_ index: Int) -> Tensor { ws.slice(axis: 1, start: index, length: 1).reshaped([n, shape.wDim]) }
        var x: Tensor?
        var image: Tensor?
        var features: [Int: Tensor] = [:]
        var attention: [Int: AttentionProjections] = [:]
        var index = 0
        for block in shownBlocks {
            let (y, rgb, projections) = block(
                x, batch: n, w: { [index] in w(index + $0) }, noise: noise, memory: memory, weights)
            index += block.convolutions
            attention[block.resolution] = projections
            let old = image
            image = old.map { $0.upsampled(padding: shape.padding) + rgb } ?? rgb
            if level.isFading, block.resolution == level.resolution, let new = image, let old {
                image = new.faded(with: old.nearestUpsampled(), share: level.fade)
            }
            features[block.resolution] = y
            x = y
        }
        guard let image else { preconditionFailure("synthesis: no block") }
        return GeneratorOutput(image: image, features: features, attention: attention)
    }
}
