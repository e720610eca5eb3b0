import Autodiff
import Layers
import Learning
import Models

/// What judging scores in pairs makes of the main phases (arXiv 1807.00734, 2501.05441): a real and a generated image of the
/// same number are a pair, and have the same label. Pairs lie within microbatches, so that sums along the tree stay what
/// they are.
extension AdversarialGame {
    var judgesPairs: Bool { judgement.isOfPairs }

    /// What the generator is fed in a main phase: with the labels of the phase's own reals, where those make pairs.
    func input(of microbatch: PhaseMicrobatch) -> GeneratorInput {
        var input = microbatch.generatorInput(generator)
        if judgesPairs { input.labels = microbatch.labels }
        return input
    }

    /// What the generator's images are judged beside; nil where they are judged alone.
    func reals(beside microbatch: PhaseMicrobatch) -> RealSamples? { judgesPairs ? microbatch.real : nil }

    /// The generator's adversarial loss.
    ///
    /// - Parameters:
    ///   - scores: of its images.
    ///   - view: of the reals.
    ///   - weights: the discriminator's.
    func generatorLoss(
        _ scores: Tensor, beside real: RealSamples?, view: (any DrawnAugmentation)?, _ weights: Weights
    ) -> Tensor {
        switch judgement {
        case .apart(let loss): return loss.generator(scores)
        case .pairs(let pairs):
            guard let real else { preconditionFailure("a loss of pairs: no real images beside generated ones") }
            // The generator changes nothing about these scores.
            let ofReals = Tape.paused { look(at: real.images, through: view, labels: real.labels, weights).logits }
            return pairs.generator(real: ofReals, fake: scores)
        }
    }

    /// The discriminator's main phase, once images have been generated.
    ///
    /// Slopes of R1 and R2 follow from the scores that are judged: each image is looked at once.
    ///
    /// - Parameters:
    ///   - reals: what the discriminator has seen in real images.
    ///   - fakes: in generated ones, with the same weights; nil where it has not looked yet.
    func discriminatorMain(
        inPairs pairs: RelativisticLoss, _ real: RealSamples, _ reals: DiscriminatorSight, _ fake: GeneratorOutput,
        _ fakes: DiscriminatorSight?, labels: Tensor?, views: Views, near anchors: LeCam.Anchors?
    ) -> PhaseLoss {
        let fakes =
            fakes ?? sight(ofFake: fake.image, through: views.ofFakes, labels: labels, beside: reals)
        var measurements = Measurements()
        measurements[list: noted] = fake.noted
        var loss = pairs.discriminator(real: reals.seen.logits, fake: fakes.seen.logits)
        measurements[.discriminatorLoss] = loss.scalar
        addTerms(onReal: real, view: views.ofReals, reals, near: anchors, to: &loss, &measurements)
        addTerms(onFake: fake, labels: labels, view: views.ofFakes, fakes, near: anchors, to: &loss, &measurements)
        // A score has no zero here; it is high or low beside that of its pair.
        measurements[.realSign] = Tape.paused { Self.meanSign(reals.seen.logits - fakes.seen.logits) }
        for (gamma, sight, measure) in [
            (penalties.r1, reals, Measure.r1Penalty), (penalties.r2, fakes, Measure.r2Penalty),
        ] {
            guard let gamma, let slope = sight.squaredSlope else { continue }
            measurements[measure] = slope.scalar
            loss = loss + slope * (gamma / 2)
        }
        return PhaseLoss(loss: loss, variables: selectionD.variables(reals.weights), measurements: measurements)
    }
}

extension Judgement {
    var isOfPairs: Bool {
        switch self {
        case .apart: false
        case .pairs: true
        }
    }

    /// Of the discriminator's loss.
    var discriminatorMeasures: [Measure] {
        isOfPairs ? [.discriminatorLoss] : [.discriminatorFakeLoss, .discriminatorRealLoss]
    }
}

extension Phase {
    /// Has reports tell the discriminator's whole loss, where it is measured in parts.
    mutating func total(_ measures: [Measure]) {
        if measures != [.discriminatorLoss] { totals = [(Measure.discriminatorLoss.name, measures)] }
    }
}
