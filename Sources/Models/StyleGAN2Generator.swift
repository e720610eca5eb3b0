import Autodiff
import Kernels
import Layers

/// The sizes that a StyleGAN2 generator and discriminator share.
public struct StyleGAN2Shape: Hashable, Sendable {
    /// Of the images; a power of two, at least 8.
    public var resolution: Int
    public var imageChannels: Int
    public var zDim: Int
    public var wDim: Int
    /// 0 for an unconditional network.
    public var labelDim: Int
    public var mappingLayers: Int
    public var channelBase: Int
    public var channelMax: Int
    /// Bound on every layer's output (`conv_clamp`); nil for none.
    public var clamp: Float?

    public init(
        resolution: Int, imageChannels: Int, zDim: Int, wDim: Int, labelDim: Int = 0, mappingLayers: Int,
        channelBase: Int, channelMax: Int, clamp: Float? = 256
    ) {
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.zDim = zDim
        self.wDim = wDim
        self.labelDim = labelDim
        self.mappingLayers = mappingLayers
        self.channelBase = channelBase
        self.channelMax = channelMax
        self.clamp = clamp
    }

    /// Feature maps at a resolution.
    public func channels(_ resolution: Int) -> Int { min(channelBase / resolution, channelMax) }

    /// 4, 8, … resolution
    public var resolutions: [Int] { Array(sequence(first: 4) { $0 < self.resolution ? $0 * 2 : nil }) }

    /// Layers that take a w: 2·log2(resolution) − 2.
    public var wCount: Int { wCount(at: resolution) }

    /// Layers that take a w in a network that has grown to a resolution.
    func wCount(at resolution: Int) -> Int { 2 * (resolution.trailingZeroBitCount - 1) }
}

/// Mapping network: z (and a label) to w (arXiv 1812.04948, figure 1).
public struct MappingNetwork: Sendable {
    let embed: Dense?
    let layers: [Dense]

    /// - Parameter zDim: 0 where only a label is mapped, as in the discriminator.
    public init(
        _ name: String, zDim: Int, labelDim: Int, wDim: Int, layers count: Int, in builder: inout ParameterBuilder
    ) {
        embed = labelDim > 0 ? Dense("\(name).embed", input: labelDim, output: wDim, in: &builder) : nil
        var input = zDim + (labelDim > 0 ? wDim : 0)
        var layers: [Dense] = []
        for i in 0..<count {
            layers.append(
                Dense(
                    "\(name).fc\(i)", input: input, output: wDim, activation: Activation(), lrMultiplier: 0.01,
                    in: &builder))
            input = wDim
        }
        self.layers = layers
    }

    /// - Parameters:
    ///   - z: [N, zDim], or nil when only a label is mapped.
    ///   - labels: one-hot [N, labelDim], or nil for an unconditional network.
    /// - Returns: w [N, wDim]
    public func callAsFunction(_ z: Tensor?, labels: Tensor?, _ weights: Weights) -> Tensor {
        var parts: [Tensor] = []
        if let z { parts.append(z.normalizedSecondMoment()) }
        if let embed, let labels { parts.append(embed(labels, weights).normalizedSecondMoment()) }
        precondition(!parts.isEmpty, "mapping network: neither z nor labels")
        var x = parts.count == 1 ? parts[0] : .concatenated(parts, axis: 1)
        for layer in layers { x = layer(x, weights) }
        return x
    }
}

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

    public init(_ shape: StyleGAN2Shape, memory: ActivationMemory = .full) {
        self.shape = shape
        self.memory = memory
        var builder = ParameterBuilder()
        blocks = shape.resolutions.map { SynthesisBlock(resolution: $0, shape: shape, in: &builder) }
        let placed = builder.placed {
            MappingNetwork(
                "mapping", zDim: shape.zDim, labelDim: shape.labelDim, wDim: shape.wDim, layers: shape.mappingLayers,
                in: &$0)
        }
        (mapping, mappingPlaces) = (placed.layer, placed.places)
        average = builder.declare(
            ParameterDeclaration(Self.wAverage, .plain([shape.wDim]), initial: .constant(0), isTrained: false))
        declarations = builder.declarations
        level = GrowthLevel(resolution: shape.resolution)
    }

    public var zDim: Int { shape.zDim }
    public var labelDim: Int { shape.labelDim }
    public var resolution: Int { level.resolution }
    public var finalResolution: Int { shape.resolution }
    public var imageChannels: Int { shape.imageChannels }
    public var wDim: Int { shape.wDim }
    public var styleCount: Int { shape.wCount(at: level.resolution) }

    public func at(_ level: GrowthLevel) -> Self {
        precondition(
            shape.resolutions.contains(level.resolution),
            "StyleGAN2 generator of \(shape.resolution)²: it has no level \(level)")
        var copy = self
        copy.level = level
        return copy
    }

    /// Names of the mapping network's.
    public var mappingParameters: Set<String> { declarations.trainedNames(at: [mappingPlaces]) }

    public var activeParameters: Set<String> {
        declarations.trainedNames(at: shownBlocks.map(\.places) + [mappingPlaces])
    }

    private var shownBlocks: ArraySlice<SynthesisBlock> { blocks.prefix { $0.resolution <= level.resolution } }

    public func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput {
        let w = mapping(input.z, labels: input.labels, weights)
        let mean = Tape.paused { w.mean(over: [0]).array }
        let styles = styles(truncated(w, psi: input.truncation, weights), input, weights)
        let output = synthesize(ws: styles, noise: input.noise, weights)
        return GeneratorOutput(image: output.image, features: output.features, styles: styles, styleMean: mean)
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
        guard psi != 1 else { return w }
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
        var index = 0
        for block in shownBlocks {
            let (y, rgb) = memory.block { [x, index] in
                block(x, batch: n, w: { w(index + $0) }, noise: noise, weights)
            }
            index += block.convolutions
            let old = image
            image = old.map { $0.upsampled() + rgb } ?? rgb
            if level.isFading, block.resolution == level.resolution, let new = image, let old {
                image = new.faded(with: old.nearestUpsampled(), share: level.fade)
            }
            features[block.resolution] = y
            x = y
        }
        guard let image else { preconditionFailure("synthesis: no block") }
        return GeneratorOutput(image: image, features: features)
    }
}

/// One resolution of the synthesis network.
struct SynthesisBlock: Sendable {
    let resolution: Int
    let channels: Int
    let places: Range<Int>
    /// The learned constant that the 4×4 block starts from.
    private let constant: ParameterHandle?
    private let conv0: SynthesisLayer?
    private let conv1: SynthesisLayer
    private let toRGB: ToRGB

    init(resolution: Int, shape: StyleGAN2Shape, in builder: inout ParameterBuilder) {
        self.resolution = resolution
        channels = shape.channels(resolution)
        let first = builder.count
        constant =
            resolution == 4
            ? builder.declare(
                ParameterDeclaration(
                    "synthesis.b4.const", .image(channels: channels, height: 4, width: 4),
                    initial: .normal(deviation: 1))) : nil
        let name = "synthesis.b\(resolution)"
        conv0 =
            resolution == 4
            ? nil
            : SynthesisLayer(
                "\(name).conv0", input: shape.channels(resolution / 2), output: channels, styleDim: shape.wDim,
                resolution: resolution, isUp: true, clamp: shape.clamp, in: &builder)
        conv1 = SynthesisLayer(
            "\(name).conv1", input: channels, output: channels, styleDim: shape.wDim, resolution: resolution,
            isUp: false, clamp: shape.clamp, in: &builder)
        toRGB = ToRGB(
            "\(name).torgb", input: channels, output: shape.imageChannels, styleDim: shape.wDim, clamp: shape.clamp,
            in: &builder)
        places = first..<builder.count
    }

    /// Layers that take a w of their own.
    var convolutions: Int { conv0 == nil ? 1 : 2 }

    /// - Parameters:
    ///   - x: the block below's features [N, r/2, r/2, channels(r/2)]; nil at 4×4.
    ///   - w: for a layer of this block, counted from 0: [N, wDim]
    /// - Returns: features [N, r, r, channels(r)] and what they add to the image [N, r, r, imageChannels].
    func callAsFunction(
        _ x: Tensor?, batch: Int, w: (Int) -> Tensor, noise: Noise, _ weights: Weights
    ) -> (features: Tensor, rgb: Tensor) {
        let y = features(x, batch: batch, w: w, noise: noise, weights)
        // The w after a block's convolutions is shared by its toRGB and the next block's first convolution.
        return (y, toRGB(y, w: w(convolutions), weights))
    }

    /// The 4×4 block starts from the learned constant.
    private func features(
        _ x: Tensor?, batch: Int, w: (Int) -> Tensor, noise: Noise, _ weights: Weights
    ) -> Tensor {
        if let constant {
            let start = weights[constant].sum(to: [batch, 4, 4, channels])
            return conv1(start, w: w(0), noise: noise, weights)
        }
        guard let conv0, let x else { preconditionFailure("synthesis: \(resolution)² without the block below") }
        return conv1(conv0(x, w: w(0), noise: noise, weights), w: w(1), noise: noise, weights)
    }
}
