import Autodiff
import Kernels
import Layers

/// StyleGAN2's discriminator (arXiv 1912.04958, figure 7), with the GGDR decoder on its feature maps
/// (arXiv 2207.13320) when one is asked for.
///
/// It can also grow (arXiv 1710.10196, section 2): then each resolution has a fromRGB, down to 4×4.
public struct StyleGAN2Discriminator: Discriminator {
    public enum Architecture: String, Sendable {
        /// Residual blocks.
        case resnet
        /// A plain stack.
        case orig
    }

    public let shape: StyleGAN2Shape
    public let memory: ActivationMemory
    /// By the resolution of the images that they take.
    private let fromRGB: [Int: EqualizedConvolution]
    let blocks: [DiscriminatorBlock]
    let epilogue: DiscriminatorEpilogue
    let labelMapping: MappingNetwork?
    public let decoder: GGDRDecoder?

    /// Layers of the label's mapping network.
    static let labelMappingLayers = 8

    /// - Parameters:
    ///   - minibatchGroup: samples in a group of the minibatch standard deviation.
    ///   - ggdrResolution: of the decoder's last output; nil for no decoder.
    ///   - grows: whether images of lower resolutions are taken, too.
    public init(
        _ shape: StyleGAN2Shape, architecture: Architecture, minibatchGroup: Int, ggdrResolution: Int?,
        memory: ActivationMemory = .full, grows: Bool = false
    ) {
        self.shape = shape
        self.memory = memory
        blocks = shape.resolutions.dropFirst().reversed().map {
            DiscriminatorBlock(resolution: $0, shape: shape, architecture: architecture)
        }
        let entries = shape.resolutions.filter { grows || $0 == shape.resolution }.map { r in
            let layer = EqualizedConvolution(
                "b\(r).fromrgb", input: shape.imageChannels, output: shape.channels(r), kernel: 1,
                activation: Activation(clamp: shape.clamp))
            return (r, layer)
        }
        fromRGB = Dictionary(uniqueKeysWithValues: entries)
        let labelFeatures = shape.labelDim > 0 ? shape.channels(4) : 0
        epilogue = DiscriminatorEpilogue(shape: shape, group: minibatchGroup, labelFeatures: labelFeatures)
        labelMapping =
            shape.labelDim > 0
            ? MappingNetwork(
                "mapping", zDim: 0, labelDim: shape.labelDim, wDim: labelFeatures, layers: Self.labelMappingLayers)
            : nil
        decoder = ggdrResolution.map { GGDRDecoder(resolution: $0, channels: shape.channels) }
    }

    public var declarations: [ParameterDeclaration] {
        var all: [ParameterDeclaration] = []
        for block in blocks {
            all += fromRGB[block.resolution]?.declarations ?? []
            all += block.declarations
        }
        all += fromRGB[4]?.declarations ?? []
        all += epilogue.declarations
        all += labelMapping?.declarations ?? []
        all += decoder?.declarations ?? []
        return all
    }

    public func activeParameters(at level: GrowthLevel) -> Set<String> {
        var active = fromRGB(at: level.resolution).declarations + epilogue.declarations
        if level.isFading { active += fromRGB(at: level.resolution / 2).declarations }
        active += blocks(at: level).flatMap(\.declarations) + (labelMapping?.declarations ?? [])
        if let decoder, decoder.isActive(at: level) { active += decoder.declarations }
        return Set(active.map(\.name))
    }

    public func callAsFunction(
        _ image: Tensor, labels: Tensor?, at level: GrowthLevel, _ weights: Weights
    ) -> DiscriminatorOutput {
        let side = level.resolution
        precondition(
            image.rank == 4 && image.shape[1] == side && image.shape[2] == side
                && image.shape[3] == shape.imageChannels,
            "discriminator: images \(image.shape), expected [N, \(side), \(side), \(shape.imageChannels)]")
        let entry = fromRGB(at: side)
        var x = image
        var features: [Int: Tensor] = [:]
        if side == 4 {
            x = entry(image, weights)
            features[4] = x
        }
        for block in blocks(at: level) {
            if block.resolution == side {
                x = memory.block { block(entry(image, weights), weights) }
                if level.isFading {
                    let old = fromRGB(at: side / 2)(image.boxDownsampled(), weights)
                    x = x.faded(with: old, share: level.fade)
                }
            } else {
                x = memory.block { [x] in block(x, weights) }
            }
            features[block.resolution / 2] = x
        }
        let mapped = labelMapping.map { $0(nil, labels: labels, weights) }
        return DiscriminatorOutput(logits: epilogue(x, mappedLabel: mapped, weights), features: features)
    }

    private func blocks(at level: GrowthLevel) -> ArraySlice<DiscriminatorBlock> {
        blocks.drop { $0.resolution > level.resolution }
    }

    private func fromRGB(at resolution: Int) -> EqualizedConvolution {
        guard let layer = fromRGB[resolution] else {
            preconditionFailure(
                "discriminator: it was not built to grow, and takes no images of \(resolution)×\(resolution)")
        }
        return layer
    }
}

/// One resolution of the discriminator: [N, r, r, channels(r)] to [N, r/2, r/2, channels(r/2)].
struct DiscriminatorBlock: Sendable {
    let resolution: Int
    private let conv0: EqualizedConvolution
    private let conv1: EqualizedConvolution
    private let skip: EqualizedConvolution?

    init(resolution: Int, shape: StyleGAN2Shape, architecture: StyleGAN2Discriminator.Architecture) {
        self.resolution = resolution
        let name = "b\(resolution)"
        let channels = shape.channels(resolution)
        let half = shape.channels(resolution / 2)
        let plain = Activation(clamp: shape.clamp)
        conv0 = EqualizedConvolution("\(name).conv0", input: channels, output: channels, kernel: 3, activation: plain)
        // Two branches are summed: each is scaled by √½, so that the sum keeps its variance.
        let branch = architecture == .resnet ? Float(0.5).squareRoot() : 1
        conv1 = EqualizedConvolution(
            "\(name).conv1", input: channels, output: half, kernel: 3, resampling: .down,
            activation: Activation(gain: plain.gain * branch, clamp: shape.clamp.map { $0 * branch }))
        skip =
            architecture == .resnet
            ? EqualizedConvolution(
                "\(name).skip", input: channels, output: half, kernel: 1, resampling: .down, hasBias: false,
                activation: Activation(slope: 1, gain: branch)) : nil
    }

    var declarations: [ParameterDeclaration] {
        conv0.declarations + conv1.declarations + (skip?.declarations ?? [])
    }

    func callAsFunction(_ x: Tensor, _ weights: Weights) -> Tensor {
        let y = conv1(conv0(x, weights), weights)
        return skip.map { $0(x, weights) + y } ?? y
    }
}

/// From 4×4 features to a logit: minibatch standard deviation, convolution, two dense layers.
struct DiscriminatorEpilogue: Sendable {
    private let group: Int
    private let labelFeatures: Int
    private let conv: EqualizedConvolution
    private let fc: Dense
    private let out: Dense

    /// - Parameter labelFeatures: length of the mapped label; 0 for an unconditional network.
    init(shape: StyleGAN2Shape, group: Int, labelFeatures: Int) {
        let channels = shape.channels(4)
        self.group = group
        self.labelFeatures = labelFeatures
        conv = EqualizedConvolution(
            "b4.conv", input: channels + 1, output: channels, kernel: 3, activation: Activation(clamp: shape.clamp))
        fc = Dense("b4.fc", input: channels * 16, output: channels, activation: Activation(), image: (4, 4))
        out = Dense("b4.out", input: channels, output: max(labelFeatures, 1))
    }

    var declarations: [ParameterDeclaration] { conv.declarations + fc.declarations + out.declarations }

    /// - Parameters:
    ///   - x: [N, 4, 4, C]
    ///   - mappedLabel: [N, labelFeatures], or nil.
    /// - Returns: logits [N, 1]
    func callAsFunction(_ x: Tensor, mappedLabel: Tensor?, _ weights: Weights) -> Tensor {
        let n = x.shape[0]
        let y = conv(x.withMinibatchStandardDeviation(group: group), weights)
        let logits = out(fc(y.reshaped([n, y.count / n]), weights), weights)
        guard let mappedLabel else { return logits }
        // Projection (arXiv 1802.05637): the label's features times the image's.
        return Tensor.contract(logits, mappedLabel, to: [n, 1]) * (1 / Float(labelFeatures).squareRoot())
    }
}
