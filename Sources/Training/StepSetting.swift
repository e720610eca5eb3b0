import Configuration
import Models

/// Where in its growth a step trains, and with which sizes and rates; a part of the ``StepPlan``.
public struct StepSetting: Codable, Equatable, Sendable {
    public var stage: TrainingStage
    /// The old resolution's share, see ``GrowthLevel``.
    public var fade: Float
    /// Whether the optimisers forget their moments first, as layers come in or go.
    public var resetsMoments: Bool

    public init(stage: TrainingStage, fade: Float = 0, resetsMoments: Bool = false) {
        self.stage = stage
        self.fade = fade
        self.resetsMoments = resetsMoments
    }

    public var level: GrowthLevel { GrowthLevel(resolution: stage.resolution, fade: fade) }
}

extension ResolvedConfiguration {
    /// The setting of the fully grown networks: of every step of a run that does not grow.
    public var grown: StepSetting { StepSetting(stage: stage(at: resolution)) }
}

extension ObjectiveSettings {
    init(_ configuration: ResolvedConfiguration, _ stage: TrainingStage) {
        self.init(
            ggdrWeight: Float(configuration.ggdr.weight), r1Gamma: Float(stage.r1Gamma),
            pathLengthWeight: Float(configuration.loss.plWeight),
            pathLengthDecay: Float(configuration.loss.plDecay), adversarial: AdversarialLoss(configuration.loss),
            classWeight: Float(configuration.loss.classWeight))
    }
}

extension AdversarialLoss {
    init(_ loss: Configuration.Loss) {
        switch loss.kind {
        case .wganGP:
            self = .wasserstein(
                WassersteinLoss(
                    gpWeight: Float(loss.gpWeight), gpTarget: Float(loss.gpTarget), drift: Float(loss.drift)))
        // Hinge is refused when a configuration is resolved.
        case .logistic, .hinge: self = .logistic
        }
    }
}

extension ResolvedConfiguration {
    /// Adam of the generator. As in the reference, the correction for lazy regularisation stands even where its weight
    /// is 0.
    func generatorSettings(_ stage: TrainingStage) -> Adam.Settings {
        let adam = adam(stage.gLR)
        return configuration.model.family == .stylegan2 ? adam.lazy(interval: configuration.loss.plInterval) : adam
    }

    /// Adam of the discriminator; only R1 is lazy.
    func discriminatorSettings(_ stage: TrainingStage) -> Adam.Settings {
        let adam = adam(stage.dLR)
        return configuration.loss.kind == .logistic ? adam.lazy(interval: configuration.loss.r1Interval) : adam
    }

    private func adam(_ rate: Double) -> Adam.Settings {
        let optimizer = configuration.optimizer
        return Adam.Settings(
            learningRate: rate, beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon)
    }
}

extension MovingAverage {
    init(_ configuration: ResolvedConfiguration, _ stage: TrainingStage) {
        self.init(halfLifeImages: stage.emaHalfLifeKimg * 1000, ramp: configuration.ema.ramp)
    }
}
