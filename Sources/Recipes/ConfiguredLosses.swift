import Configuration
import Learning

/// Losses by the names that configurations have for them.
extension ResolvedConfiguration {
    var adversarialLoss: any AdversarialLoss {
        switch configuration.loss.kind {
        case .logistic: LogisticLoss()
        case .wganGP: WassersteinLoss(drift: Float(configuration.loss.drift))
        case .hinge: HingeLoss()
        case .lsgan: LeastSquaresLoss()
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

    /// Steps between R1 phases; nil for none.
    var r1Interval: Int? {
        let loss = configuration.loss
        return loss.kind.hasR1 && r1Gamma > 0 ? loss.r1Interval : nil
    }

    /// Only R1 is lazy; where it belongs to the loss, its correction stands even where its weight is 0.
    func discriminatorOptimizer(at stage: TrainingStage) -> Adam.Settings {
        let adam = Adam.Settings(self, learningRate: stage.dLR)
        let loss = configuration.loss
        guard loss.kind.hasR1ByDefault || r1Interval != nil else { return adam }
        return adam.lazy(interval: updates(inSteps: loss.r1Interval))
    }

    /// Main phases of the discriminator.
    func updates(inSteps steps: Int) -> Int { steps * configuration.loss.dSteps }
}
