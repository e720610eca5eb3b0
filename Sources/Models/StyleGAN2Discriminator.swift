/// StyleGAN2's discriminator (arXiv 1912.04958, figure 7), with the GGDR decoder on its feature maps
/// (arXiv 2207.13320) when one is asked for.
public struct StyleGAN2Discriminator: Sendable {
    public enum Architecture: String, Sendable {
        /// Residual blocks.
        case resnet
        /// A plain stack.
        case orig
    }

    public let shape: StyleGAN2Shape
    public let memory: ActivationMemory
    let blocks: [DiscriminatorBlock]
    let epilogue: DiscriminatorEpilogue
    let labelMapping: MappingNetwork?
    public let decoder: GGDRDecoder?

    /// Layers of the label's mapping network.
    static let labelMappingLayers = 8

    /// - Parameters:
    ///   - minibatchGroup: samples in a group of the minibatch standard deviation.
    ///   - ggdrResolution: of the decoder's last output; nil for no decoder.
    public init(
        _ shape: StyleGAN2Shape, architecture: Architecture, minibatchGroup: Int, ggdrResolution: Int?,
        memory: ActivationMemory = .full
    ) {
        self.shape = shape
        self.memory = memory
        blocks = shape.resolutions.dropFirst().reversed().map {
            DiscriminatorBlock(resolution: $0, shape: shape, architecture: architecture)
        }
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
        blocks.flatMap(\.declarations) + epilogue.declarations + (labelMapping?.declarations ?? [])
            + (decoder?.declarations ?? [])
    }

    public struct Output {
        /// [N, 1]
        public let logits: Tensor
        /// Encoder feature maps by their resolution: e[r] is [N, r, r, channels(r)].
        public let features: [Int: Tensor]
    }

    /// - Parameters:
    ///   - image: [N, resolution, resolution, imageChannels] in [-1, 1]
    ///   - labels: one-hot [N, labelDim], or nil for an unconditional network.
    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> Output {
        precondition(
            image.rank == 4 && image.shape[1] == shape.resolution && image.shape[2] == shape.resolution
                && image.shape[3] == shape.imageChannels,
            "discriminator: images \(image.shape), expected [N, \(shape.resolution), \(shape.resolution), "
                + "\(shape.imageChannels)]")
        var x = image
        var features: [Int: Tensor] = [:]
        for block in blocks {
            x = memory.block { [x] in block(x, weights) }
            features[block.resolution / 2] = x
        }
        let mapped = labelMapping.map { $0(nil, labels: labels, weights) }
        return Output(logits: epilogue(x, mappedLabel: mapped, weights), features: features)
    }
}

/// One resolution of the discriminator: [N, r, r, channels(r)] to [N, r/2, r/2, channels(r/2)].
struct DiscriminatorBlock: Sendable {
    let resolution: Int
    private let fromRGB: EqualizedConvolution?
    private let conv0: EqualizedConvolution
    private let conv1: EqualizedConvolution
    private let skip: EqualizedConvolution?

    init(resolution: Int, shape: StyleGAN2Shape, architecture: StyleGAN2Discriminator.Architecture) {
        self.resolution = resolution
        let name = "b\(resolution)"
        let channels = shape.channels(resolution)
        let half = shape.channels(resolution / 2)
        let plain = Activation(clamp: shape.clamp)
        fromRGB =
            resolution == shape.resolution
            ? EqualizedConvolution(
                "\(name).fromrgb", input: shape.imageChannels, output: channels, kernel: 1, activation: plain) : nil
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
        (fromRGB?.declarations ?? []) + conv0.declarations + conv1.declarations + (skip?.declarations ?? [])
    }

    func callAsFunction(_ input: Tensor, _ weights: Weights) -> Tensor {
        let x = fromRGB.map { $0(input, weights) } ?? input
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
