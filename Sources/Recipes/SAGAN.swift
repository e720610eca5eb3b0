import Configuration
import Layers
import Learning
import Models
import State

/// The self-attention GAN (arXiv 1805.08318), with GGDR (arXiv 2207.13320) where it is asked for: spectral normalisation
/// and self-attention in both networks (sections 3 and 4.1), classes through conditional batch normalisation and the
/// projection discriminator, the hinge loss (equation 4), and two time scales (section 4.2), which are two learning rates.
public struct SAGAN: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration
    private let aids: DiscriminatorAids

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        networks = Networks(Self.declared(by: configuration), frozenLayers: configuration.freezeD)
        aids = DiscriminatorAids(configuration)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let shape = SAGANShape(configuration)
        return (
            SAGANGenerator(shape, extras: configuration.generatorExtras),
            SAGANDiscriminator(
                shape, extras: configuration.discriminatorExtras, decoder: configuration.decoderShape,
                maps: configuration.labelMaps,
                memory: configuration.activationMemory)
        )
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("g_snh0/Matrix") else { return nil }
        let shape = try SAGANShape(file)
        return SAGANGenerator(
            shape, extras: try NetworkExtras(generatorOf: file, among: SAGANGenerator.attentionResolutions(shape)))
    }

    /// Nothing of its own: what moves on belongs to its layers.
    public var tracked: [NamedTensor] { aids.tracked }
    public var trackedNumbers: [(name: String, value: Float)] { aids.trackedNumbers }

    /// The discriminator's phases come first, as in the authors' code.
    public func phases(at setting: StepSetting) -> [Phase] {
        AdversarialGame(networks, configuration, aids, at: setting)
            .phasesDiscriminatorFirst(configuration, at: setting)
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        configuration.adversarialOptimizer(of: learner, at: stage)
    }
}

extension SAGANShape {
    /// Sizes by the shapes of a generator's parameters.
    init(_ file: ParameterShapes) throws {
        let start = try file.start()
        let entry = try file.shape("g_snh0/Matrix", axes: 2, pixels: start.count)
        // The start is the dense layer's, the next size the first block's.
        let sizes = try file.sizes(from: 8) { "g_block\($0.trailingZeroBitCount - 2)/snconv1/w" }
        let widest = entry[0] / start.count
        let isConditional = file.exists("g_block1/cbn_0/gamma")
        self.init(
            resolution: sizes.resolution, imageChannels: try file.shape("g_snconv_last/w", axes: 4)[0],
            zDim: entry[1], labelDim: isConditional ? try file.shape("g_block1/cbn_0/gamma", axes: 2)[0] : 0,
            channelBase: max(sizes.channelBase, 4 * widest), channelMax: max(sizes.channelMax, widest),
            startHeight: start.height, startWidth: start.width,
            padding: try file.configuration()?.model.padding.padding ?? .zero,
            boundedOutput: try file.sampleFormat() == nil,
            condition: file.exists("g_block1/cbn_0/gamma_shared") ? .vector : .classes)
    }

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            resolution: configuration.resolution, imageChannels: configuration.channels, zDim: model.zDim,
            labelDim: configuration.labelDimension, channelBase: configuration.channelBase,
            channelMax: model.channelMax, startHeight: configuration.startHeight, startWidth: configuration.startWidth,
            padding: configuration.padding, boundedOutput: configuration.isPicture,
            condition: configuration.conditionKind, regressionDim: configuration.regressionDimension)
    }
}
