import Configuration
import Learning

/// Losses by the names that configurations have for them.
extension ResolvedConfiguration {
    var judgement: Judgement {
        switch configuration.loss.kind {
        case .logistic: .apart(LogisticLoss())
        case .wganGP: .apart(WassersteinLoss(drift: Float(configuration.loss.drift)))
        case .hinge: .apart(HingeLoss())
        case .lsgan: .apart(LeastSquaresLoss())
        case .relativistic: .pairs(RelativisticLoss())
        // The configuration allows it to OASIS alone, which judges pixels and asks for no such loss.
        case .segmentation: preconditionFailure("loss.kind=segmentation has no score of a whole image")
        }
    }

    /// Nil where the loss has none.
    var gradientPenalty: GradientPenalty? {
        let loss = configuration.loss
        guard loss.kind == .wganGP, loss.gpWeight > 0 else { return nil }
        return GradientPenalty(weight: Float(loss.gpWeight), target: Float(loss.gpTarget))
    }

    /// R1 and R2 with the stage's γ. Which there are is the same at every stage and step of a run, also where a schedule
    /// begins or ends at 0.
    func penalties(at stage: TrainingStage) -> SlopePenalties {
        let (loss, ends) = (configuration.loss, configuration.schedule)
        guard loss.kind.hasR1 else { return SlopePenalties() }
        return SlopePenalties(
            r1: max(r1Gamma, ends.r1Gamma ?? 0) > 0 ? Float(stage.r1Gamma) : nil,
            r2: max(r2Gamma, ends.r2Gamma ?? 0) > 0 ? Float(stage.r2Gamma) : nil)
    }

    /// Whether R1 and R2 are a part of each main phase of the discriminator, as with R3GAN's authors (arXiv 2501.05441); for
    /// other losses a phase of their own was always their place.
    var penalizesInMainPhase: Bool { configuration.loss.kind == .relativistic && configuration.loss.r1Interval == 1 }

    /// Steps between phases of R1 and R2; nil for none.
    var penaltyInterval: Int? {
        penalizesInMainPhase || penalties(at: grown.stage).isEmpty ? nil : configuration.loss.r1Interval
    }

    /// Of methods that regularise the discriminator alone.
    func adversarialOptimizer(of learner: Learner, at stage: TrainingStage) -> Adam.Settings {
        switch learner {
        case .generator: Adam.Settings(self, .generator, at: stage)
        case .discriminator: discriminatorOptimizer(at: stage)
        }
    }

    /// Only R1 and R2 are lazy; where they belong to the loss, the correction for it stands even where their weight is 0.
    func discriminatorOptimizer(at stage: TrainingStage) -> Adam.Settings {
        let adam = Adam.Settings(self, .discriminator, at: stage)
        let loss = configuration.loss
        guard !penalizesInMainPhase, loss.kind.hasR1ByDefault || penaltyInterval != nil else { return adam }
        return adam.lazy(interval: updates(inSteps: loss.r1Interval))
    }

    /// Main phases of the discriminator.
    func updates(inSteps steps: Int) -> Int { steps * configuration.loss.dSteps }
}
