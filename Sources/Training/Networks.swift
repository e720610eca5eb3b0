import Configuration
import Layers
import Models

/// The three networks that are trained together, and the generator's moving average.
///
/// The GGDR decoder's parameters belong to the discriminator's.
public struct Networks {
    public let generator: any Generator
    public let discriminator: any Discriminator
    public let g: Parameters
    public let d: Parameters
    /// Moving average of the generator's parameters: what samples are made with.
    public let average: Parameters

    public init(generator: any Generator, discriminator: any Discriminator) {
        self.generator = generator
        self.discriminator = discriminator
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        average = Parameters(generator.declarations)
    }

    public init(_ configuration: ResolvedConfiguration) {
        let (generator, discriminator) = Self.declared(by: configuration)
        self.init(generator: generator, discriminator: discriminator)
    }

    /// The networks without their parameters: nothing is allocated yet.
    package static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let guide = configuration.ggdr.enabled ? configuration.ggdrResolution : nil
        let memory: ActivationMemory = configuration.memory == .full ? .full : .checkpointing
        switch configuration.model.family {
        case .pggan:
            let shape = ProgressiveShape(configuration)
            return (
                ProgressiveGenerator(shape, memory: memory),
                ProgressiveDiscriminator(shape, ggdrResolution: guide, memory: memory)
            )
        // SAGAN is refused when a configuration is resolved.
        case .stylegan2, .sagan:
            let shape = StyleGAN2Shape(configuration)
            return (
                StyleGAN2Generator(shape, memory: memory),
                StyleGAN2Discriminator(
                    shape, architecture: configuration.model.discriminator == .resnet ? .resnet : .orig,
                    minibatchGroup: configuration.mbstdGroup, ggdrResolution: guide, memory: memory,
                    grows: configuration.growing.enabled)
            )
        }
    }

    /// Initial values from the seed; the average starts as a copy.
    public func initialize(seed: UInt64) {
        let key = Randomizer.key(seed, .initialization)
        g.initialize(seed: key, network: 0)
        d.initialize(seed: key, network: 1)
        average.copy(from: g)
    }
}

extension StyleGAN2Shape {
    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            resolution: configuration.resolution, imageChannels: configuration.channels, zDim: model.zDim,
            wDim: model.wDim, labelDim: configuration.labelDimension, mappingLayers: model.mappingLayers,
            channelBase: configuration.channelBase, channelMax: model.channelMax, clamp: model.clamp.map { Float($0) })
    }
}

extension ProgressiveShape {
    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            resolution: configuration.resolution, imageChannels: configuration.channels, zDim: model.zDim,
            labelDim: configuration.labelDimension, channelBase: configuration.channelBase,
            channelMax: model.channelMax, pixelNorm: model.pixelNorm, equalizedLR: model.equalizedLR,
            leakyReLU: model.leakyReLU, mbstdGroup: configuration.mbstdGroup)
    }
}
