@_exported import Layers

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
    public var wCount: Int { 2 * resolutions.count }
}

/// Mapping network: z (and a label) to w (arXiv 1812.04948, figure 1).
public struct MappingNetwork: Sendable {
    let embed: Dense?
    let layers: [Dense]

    /// - Parameter zDim: 0 where only a label is mapped, as in the discriminator.
    public init(_ name: String, zDim: Int, labelDim: Int, wDim: Int, layers count: Int) {
        embed = labelDim > 0 ? Dense("\(name).embed", input: labelDim, output: wDim) : nil
        var input = zDim + (labelDim > 0 ? wDim : 0)
        var layers: [Dense] = []
        for i in 0..<count {
            layers.append(
                Dense("\(name).fc\(i)", input: input, output: wDim, activation: Activation(), lrMultiplier: 0.01))
            input = wDim
        }
        self.layers = layers
    }

    var declarations: [ParameterDeclaration] {
        (embed?.declarations ?? []) + layers.flatMap(\.declarations)
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
public struct StyleGAN2Generator: Sendable {
    public let shape: StyleGAN2Shape
    public let memory: ActivationMemory
    public let mapping: MappingNetwork
    let blocks: [SynthesisBlock]

    /// The name of the tracked mean of w.
    public static let wAverage = "mapping.w_avg"

    public init(_ shape: StyleGAN2Shape, memory: ActivationMemory = .full) {
        self.shape = shape
        self.memory = memory
        mapping = MappingNetwork(
            "mapping", zDim: shape.zDim, labelDim: shape.labelDim, wDim: shape.wDim, layers: shape.mappingLayers)
        blocks = shape.resolutions.map { SynthesisBlock(resolution: $0, shape: shape) }
    }

    public var declarations: [ParameterDeclaration] {
        blocks.flatMap(\.declarations) + mapping.declarations + [
            ParameterDeclaration(Self.wAverage, .plain([shape.wDim]), initial: .constant(0), isTrained: false)
        ]
    }

    /// An image and the feature maps that made it.
    public struct Output {
        /// [N, resolution, resolution, imageChannels], nominally in [-1, 1]
        public let image: Tensor
        /// The activation of each block before toRGB, by resolution: [N, r, r, channels(r)]
        public let features: [Int: Tensor]
    }

    /// The same w for every layer: [N, wCount, wDim].
    public func broadcast(_ w: Tensor) -> Tensor {
        w.reshaped([w.shape[0], 1, shape.wDim]).sum(to: [w.shape[0], shape.wCount, shape.wDim])
    }

    /// Moves w towards the tracked mean (arXiv 1812.04948, section B): mean + psi·(w − mean).
    public func truncated(_ w: Tensor, psi: Float, _ weights: Weights) -> Tensor {
        guard psi != 1 else { return w }
        let mean = weights[Self.wAverage].reshaped([1, shape.wDim])
        return mean + (w - mean) * psi
    }

    /// Synthesis network.
    ///
    /// - Parameter ws: [N, wCount, wDim]
    public func synthesize(ws: Tensor, noise: Noise, _ weights: Weights) -> Output {
        precondition(
            ws.rank == 3 && ws.shape[1] == shape.wCount && ws.shape[2] == shape.wDim,
            "synthesis: ws \(ws.shape), expected [N, \(shape.wCount), \(shape.wDim)]")
        let n = ws.shape[0]
        func w(_ index: Int) -> Tensor { ws.slice(axis: 1, start: index, length: 1).reshaped([n, shape.wDim]) }
        var x: Tensor?
        var image: Tensor?
        var features: [Int: Tensor] = [:]
        var index = 0
        for block in blocks {
            let (y, rgb) = memory.block { [x, index] in
                block(x, batch: n, w: { w(index + $0) }, noise: noise, weights)
            }
            index += block.convolutions
            image = image.map { $0.upsampled() + rgb } ?? rgb
            features[block.resolution] = y
            x = y
        }
        guard let image else { preconditionFailure("synthesis: no block") }
        return Output(image: image, features: features)
    }
}

/// One resolution of the synthesis network.
struct SynthesisBlock: Sendable {
    let resolution: Int
    let channels: Int
    private let conv0: SynthesisLayer?
    private let conv1: SynthesisLayer
    private let toRGB: ToRGB

    init(resolution: Int, shape: StyleGAN2Shape) {
        self.resolution = resolution
        channels = shape.channels(resolution)
        let name = "synthesis.b\(resolution)"
        conv0 =
            resolution == 4
            ? nil
            : SynthesisLayer(
                "\(name).conv0", input: shape.channels(resolution / 2), output: channels, styleDim: shape.wDim,
                resolution: resolution, isUp: true, clamp: shape.clamp)
        conv1 = SynthesisLayer(
            "\(name).conv1", input: channels, output: channels, styleDim: shape.wDim, resolution: resolution,
            isUp: false, clamp: shape.clamp)
        toRGB = ToRGB(
            "\(name).torgb", input: channels, output: shape.imageChannels, styleDim: shape.wDim, clamp: shape.clamp)
    }

    /// Layers that take a w of their own.
    var convolutions: Int { conv0 == nil ? 1 : 2 }

    var declarations: [ParameterDeclaration] {
        let constant =
            conv0 == nil
            ? [
                ParameterDeclaration(
                    "synthesis.b4.const", .image(channels: channels, height: 4, width: 4),
                    initial: .normal(deviation: 1))
            ] : []
        return constant + (conv0?.declarations ?? []) + conv1.declarations + toRGB.declarations
    }

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
        guard let conv0, let x else {
            let constant = weights["synthesis.b4.const"].sum(to: [batch, 4, 4, channels])
            return conv1(constant, w: w(0), noise: noise, weights)
        }
        return conv1(conv0(x, w: w(0), noise: noise, weights), w: w(1), noise: noise, weights)
    }
}
