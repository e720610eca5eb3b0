import Configuration
import Layers
import Learning
import Models
import State

/// Progressive growing of GANs (arXiv 1710.10196), with GGDR (arXiv 2207.13320) where it is asked for.
public struct ProgressiveGAN: Recipe {
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
        let shape = ProgressiveShape(configuration)
        let memory = configuration.activationMemory
        return (
            ProgressiveGenerator(shape, extras: configuration.generatorExtras, memory: memory),
            ProgressiveDiscriminator(
                shape, extras: configuration.discriminatorExtras, decoder: configuration.decoderShape,
                maps: configuration.labelMaps,
                memory: memory)
        )
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("4x4/Dense/weight") else { return nil }
        let shape = try ProgressiveShape(file)
        return ProgressiveGenerator(
            shape, extras: try NetworkExtras(generatorOf: file, among: ProgressiveGenerator.attentionResolutions(shape))
        )
    }

    /// Nothing of its own. But checkpoints and statistics of this and of StyleGAN2 have the same form: the mean path length is 0 here.
    private let meanPathLength = NamedTensor.scalar("state/pl_mean")
    public var tracked: [NamedTensor] { [meanPathLength] + aids.tracked }
    public var trackedNumbers: [(name: String, value: Float)] { [("path_length_mean", 0)] + aids.trackedNumbers }

    public func phases(at setting: StepSetting) -> [Phase] {
        let game = AdversarialGame(networks, configuration, aids, at: setting)
        let classes = configuration.conditionClasses > 0

        var phases = [game.generatorMainPhase(classes: classes)]
        phases += game.discriminatorMainPhases(configuration.loss.dSteps, classes: classes)
        phases += game.penaltyPhases(configuration, at: setting)
        return phases
    }

    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        configuration.adversarialOptimizer(of: learner, at: stage)
    }
}

extension ProgressiveShape {
    /// Sizes by the shapes of a generator's parameters.
    init(_ file: ParameterShapes) throws {
        let sizes = try file.sizes { $0 == 4 ? "4x4/Conv/weight" : "\($0)x\($0)/Conv1/weight" }
        let start = try file.start()
        let input = try file.shape("4x4/Dense/weight", axes: 2, pixels: start.count)[1]
        let model = try file.configuration()?.model
        // Labels follow z in one input; only the configuration tells where.
        let zDim = model.map { min($0.zDim, input) } ?? input
        self.init(
            resolution: sizes.resolution, imageChannels: try file.shape("ToRGB_lod0/weight", axes: 4)[0], zDim: zDim,
            labelDim: input - zDim, channelBase: sizes.channelBase, channelMax: sizes.channelMax,
            pixelNorm: model?.pixelNorm ?? true, equalizedLR: model?.equalizedLR ?? true,
            leakyReLU: model?.leakyReLU ?? true, startHeight: start.height, startWidth: start.width,
            padding: model?.padding.padding ?? .zero)
    }

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            resolution: configuration.resolution, imageChannels: configuration.channels, zDim: model.zDim,
            labelDim: configuration.labelDimension, channelBase: configuration.channelBase,
            channelMax: model.channelMax, pixelNorm: model.pixelNorm, equalizedLR: model.equalizedLR,
            leakyReLU: model.leakyReLU, mbstdGroup: configuration.mbstdGroup,
            startHeight: configuration.startHeight, startWidth: configuration.startWidth,
            padding: configuration.padding,
            condition: configuration.conditionKind, regressionDim: configuration.regressionDimension)
    }
}
