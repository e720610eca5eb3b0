import Configuration
import Kernels
import Layers
import Learning
import Models
import State

/// StyleGAN2 (arXiv 1912.04958), with GGDR (arXiv 2207.13320) where it is asked for.
public struct StyleGAN2: Recipe {
    public let networks: Networks
    private let configuration: ResolvedConfiguration
    /// The mean path length a (section 3.2).
    private let meanPathLength = NamedTensor.scalar("state/pl_mean")
    private let aids: DiscriminatorAids

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        networks = Networks(Self.declared(by: configuration), frozenLayers: configuration.freezeD)
        aids = DiscriminatorAids(configuration)
    }

    public static func declared(
        by configuration: ResolvedConfiguration
    ) -> (generator: any Generator, discriminator: any Discriminator) {
        let shape = StyleGAN2Shape(configuration)
        let memory = configuration.activationMemory
        return (
            StyleGAN2Generator(shape, extras: configuration.generatorExtras, memory: memory),
            StyleGAN2Discriminator(
                shape, extras: configuration.discriminatorExtras,
                architecture: configuration.model.discriminator == .resnet ? .resnet : .orig,
                minibatchGroup: configuration.mbstdGroup, decoder: configuration.decoderShape,
                maps: configuration.labelMaps,
                memory: memory, grows: configuration.growing.enabled)
        )
    }

    public static func generator(of file: ParameterShapes) throws -> (any Generator)? {
        guard file.exists("synthesis.b4.conv1.weight") else { return nil }
        let shape = try StyleGAN2Shape(file)
        return StyleGAN2Generator(
            shape, extras: try NetworkExtras(generatorOf: file, among: StyleGAN2Generator.attentionResolutions(shape)))
    }

    public var tracked: [NamedTensor] { [meanPathLength] + aids.tracked }
    public var trackedNumbers: [(name: String, value: Float)] {
        [("path_length_mean", meanPathLength.scalar)] + aids.trackedNumbers
    }

    /// Everything else of the generator hangs on the mapping network's result.
    public func gradientsFoundLast(of learner: Learner) -> Set<String> {
        guard learner == .generator, let generator = networks.generator as? StyleGAN2Generator else { return [] }
        return generator.mappingParameters
    }

    public func phases(at setting: StepSetting) -> [Phase] {
        let loss = configuration.loss
        let game = AdversarialGame(networks, configuration, aids, at: setting)
        // The centre of truncation, which follows what every phase maps (arXiv 1812.04948, section B).
        let meanOfW = [game.trackedStatistics]

        var phases = [game.generatorMainPhase(tracking: meanOfW)]
        if loss.plWeight > 0 { phases.append(pathLengthPhase(game, setting.stage.microbatch, tracking: meanOfW)) }
        phases += game.discriminatorMainPhases(loss.dSteps, tracking: meanOfW)
        phases += game.penaltyPhases(configuration, at: setting, tracking: meanOfW)
        return phases
    }

    /// On a part of each microbatch; where microbatches are too small for that, on some of them.
    private func pathLengthPhase(_ game: AdversarialGame, _ microbatch: Int, tracking: [Tracking]) -> Phase {
        let loss = configuration.loss
        let (weight, interval) = (Float(loss.plWeight), loss.plInterval)
        let regularization = PathLengthRegularization(decay: Float(loss.plDecay))
        let mean = meanPathLength
        var phase = Phase(
            .generatorRegularization, .generator, stream: 1,
            measures: [.pathLengthPenalty, .pathLength, game.noted],
            loss: .each { microbatch in
                {
                    game.pathLength(
                        regularization, weight: weight, microbatch.generatorInput(game.generator),
                        imageNoise: microbatch.imageNoise(game.generator), tracked: mean.scalar, interval: interval)
                }
            })
        phase.interval = interval
        phase.microbatchStride = max(1, loss.plBatchShrink / microbatch)
        phase.samplesOfMicrobatch = configuration.pathLengthMicrobatch(of: microbatch)
        phase.tracking =
            tracking + [
                Tracking(.pathLength, state: mean.name) { length in
                    mean.scalar = regularization.tracked(mean.scalar, mean: length[0])
                    return mean.scalar.isFinite
                }
            ]
        return phase
    }

    /// As in the reference, the generator's correction for lazy regularisation stands even where its weight is 0.
    public func optimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        switch learner {
        case .generator:
            Adam.Settings(configuration, .generator, at: stage).lazy(interval: configuration.loss.plInterval)
        case .discriminator: configuration.discriminatorOptimizer(at: stage)
        }
    }
}

extension StyleGAN2Shape {
    /// Sizes by the shapes of a generator's parameters.
    init(_ file: ParameterShapes) throws {
        let sizes = try file.sizes { "synthesis.b\($0).conv1.weight" }
        let labelDim = file.exists("mapping.embed.weight") ? try file.shape("mapping.embed.weight", axes: 2)[1] : 0
        let first = try file.shape("mapping.fc0.weight", axes: 2)
        let zDim = first[1] - (labelDim > 0 ? first[0] : 0)
        guard zDim > 0 else {
            throw StateError(
                path: file.path,
                reason:
                    "\(file.group)/mapping.fc0.weight has shape \(first), which leaves nothing for z beside the label")
        }
        var layers = 1
        while file.exists("mapping.fc\(layers).weight") { layers += 1 }
        let start = try file.start()
        let configuration = try file.configuration()
        self.init(
            resolution: sizes.resolution, imageChannels: try file.shape("synthesis.b4.torgb.weight", axes: 4)[0],
            zDim: zDim, wDim: first[0], labelDim: labelDim,
            mappingLayers: layers, channelBase: sizes.channelBase, channelMax: sizes.channelMax,
            clamp: configuration.map { $0.model.clamp.map { Float($0) } } ?? 256, startHeight: start.height,
            startWidth: start.width, padding: configuration?.model.padding.padding ?? .zero,
            boundedOutput: try file.sampleFormat() == nil,
            condition: file.exists("mapping.embed.none") ? .classesOrNone : .classes)
    }

    init(_ configuration: ResolvedConfiguration) {
        let model = configuration.model
        self.init(
            resolution: configuration.resolution, imageChannels: configuration.channels, zDim: model.zDim,
            wDim: model.wDim, labelDim: configuration.labelDimension, mappingLayers: model.mappingLayers,
            channelBase: configuration.channelBase, channelMax: model.channelMax, clamp: model.clamp.map { Float($0) },
            startHeight: configuration.startHeight, startWidth: configuration.startWidth,
            padding: configuration.padding,
            boundedOutput: configuration.isPicture, condition: configuration.conditionKind,
            regressionDim: configuration.regressionDimension)
    }
}
