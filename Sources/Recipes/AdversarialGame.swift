import Autodiff
import Layers
import Learning
import Models

/// One generator against one discriminator, as far as both have grown: the losses that methods have in common. Each is
/// the mean over the samples of a microbatch.
public struct AdversarialGame {
    public let generator: any Generator
    public let discriminator: any Discriminator
    let g: Parameters
    let d: Parameters
    /// The parameters that take part and learn.
    let selectionG: ParameterSelection
    let selectionD: ParameterSelection
    /// Those of the discriminator that take part and do not learn.
    let frozenD: ParameterSelection
    public var judgement: Judgement
    /// Which penalties belong to the discriminator's main phase; none where they have a phase of their own.
    public var penalties = SlopePenalties()
    /// Main phases of the discriminator in a step, each with a batch of real images.
    public var discriminatorSteps = 1
    /// Between real and generated images, in the discriminator's main phase.
    public var gradientPenalty: GradientPenalty?
    /// Further terms of the discriminator's loss on generated images.
    public var onFakes: [any FakeTerm] = []
    /// Further terms of its loss on real images.
    public var onReals: [any RealTerm] = []
    /// What the discriminator sees images through; nil for nothing. Its draws are the phases': those of a microbatch are
    /// the argument `view` below.
    public var augmentation: (any Augmentation)?
    /// LeCam regularisation, for which the main phase takes a rank's microbatches together; nil for none.
    public var lecam: TrackedLeCam?
    /// What follows measures of the discriminator's main phases, whatever else does.
    var discriminatorTracking: [Tracking] = []
    /// Factor of an auxiliary classifier's loss, in both networks (arXiv 1610.09585).
    public var classWeight: Float = 1
    /// Factor of the loss of a head that reads the numbers which condition samples, in both networks.
    public var regressionWeight: Float = 0

    /// - Parameter level: how far they have grown; not read by networks that do not grow.
    public init(_ networks: Networks, _ loss: any AdversarialLoss, at level: GrowthLevel? = nil) {
        self.init(networks, judging: .apart(loss), at: level)
    }

    /// - Parameters:
    ///   - judgement: of scores.
    ///   - level: how far they have grown; not read by networks that do not grow.
    public init(_ networks: Networks, judging judgement: Judgement, at level: GrowthLevel? = nil) {
        generator = level.map { $0.of(networks.generator) } ?? networks.generator
        discriminator = level.map { $0.of(networks.discriminator) } ?? networks.discriminator
        (g, d) = (networks.g, networks.d)
        precondition(
            d.trackedCount == 0 && !discriminator.looksAtWholeBatch,
            "adversarial game: the discriminator sees microbatches one by one, and nothing follows what it notes")
        selectionG = g.selection(generator.activeParameters)
        let active = discriminator.activeParameters
        selectionD = d.selection(active.subtracting(networks.frozen))
        frozenD = d.selection(active.intersection(networks.frozen))
        self.judgement = judgement
    }

    // MARK: The generator's main phase

    /// The adversarial loss of the generator.
    ///
    /// - Parameters:
    ///   - real: of as many samples, with the labels of the input, where scores are judged in pairs; nil elsewhere.
    ///   - views: of reals and fakes.
    public func generatorMain(
        _ input: GeneratorInput, beside real: RealSamples? = nil, views: Views = .none
    ) -> PhaseLoss {
        generatorMain(fakes(input), beside: real, views: views)
    }

    /// The part of it that does not read the discriminator.
    func fakes(_ input: GeneratorInput) -> Fakes { fakes([input], over: nil)[0] }

    /// The same of all of a rank's microbatches.
    ///
    /// - Parameter batch: what layers that look at the whole batch sum it with.
    func fakes(_ inputs: [GeneratorInput], over batch: (any GlobalSummation)?) -> [Fakes] {
        let weights = inputs.map { _ in g.weights(differentiable: true, selectionG, batch: batch) }
        let made = generator(inputs, weights)
        return inputs.indices.map { k in
            Fakes(
                image: made[k].image, labels: inputs[k].labels, noted: made[k].noted,
                variables: selectionG.variables(weights[k]))
        }
    }

    /// The rest of it.
    func generatorMain(_ fakes: Fakes, beside real: RealSamples? = nil, views: Views) -> PhaseLoss {
        let weights = weightsD(differentiable: false)
        let seen = look(at: fakes.image, through: views.ofFakes, labels: fakes.labels, weights)
        var measurements = Measurements()
        var loss = generatorLoss(seen.logits, beside: real, view: views.ofReals, weights)
        measurements[.generatorLoss] = loss.scalar
        addConditionLosses(seen, fakes.labels, of: .generator, to: &loss, &measurements)
        measurements[.fakeScore] = seen.logits.mean().scalar
        measurements[list: noted] = fakes.noted
        return PhaseLoss(loss: loss, variables: fakes.variables, measurements: measurements)
    }

    // MARK: Regularisation

    /// Path length regularisation, lazily: times `interval`.
    ///
    /// - Parameters:
    ///   - imageNoise: N(0, 1), of the images' shape.
    ///   - tracked: the mean length before this step.
    public func pathLength(
        _ regularization: PathLengthRegularization, weight: Float, _ input: GeneratorInput, imageNoise: Tensor,
        tracked: Float, interval: Int
    ) -> PhaseLoss {
        let weights = g.weights(differentiable: true, selectionG)
        let fake = generator(input, weights)
        guard let styles = fake.styles else { preconditionFailure("path length: the generator has no styles") }
        let (penalty, lengths) = regularization(
            image: fake.image, styles: styles, noise: imageNoise, tracked: tracked)
        var measurements = Measurements()
        measurements[.pathLengthPenalty] = penalty.scalar
        measurements[.pathLength] = lengths.mean().scalar
        measurements[list: noted] = fake.noted
        return PhaseLoss(
            loss: penalty * (weight * Float(interval)), variables: selectionG.variables(weights),
            measurements: measurements)
    }

    /// The losses of heads that read from samples what conditions them, where the discriminator has such: of an auxiliary
    /// classifier, and of one that reads numbers.
    func addConditionLosses(
        _ seen: DiscriminatorOutput, _ conditions: Tensor?, of learner: Learner, to loss: inout Tensor,
        _ measurements: inout Measurements
    ) {
        guard let conditions else { return }
        func add(_ head: Tensor, _ weight: Float, _ measure: Measure) {
            measurements[measure] += head.scalar
            loss = loss + head * weight
        }
        let isGenerator = learner == .generator
        if let scores = seen.classLogits {
            add(
                AuxiliaryClassifier.crossEntropy(scores, labels: conditions), classWeight,
                isGenerator ? .generatorClassLoss : .discriminatorClassLoss)
        }
        if let read = seen.regression {
            add(
                AuxiliaryRegression.loss(read, conditions: conditions), regressionWeight,
                isGenerator ? .generatorRegressionLoss : .discriminatorRegressionLoss)
        }
    }

    /// What the generator notes for state that follows it; of no numbers where it has none.
    var noted: Measure { .noted(g.trackedCount) }
}

/// Images of the generator, recorded, whose gradients will be asked for.
struct Fakes {
    let image: Tensor
    let labels: Tensor?
    let noted: [Float]
    /// The generator's trained parameters.
    let variables: [Tensor]
}

extension Measure {
    public static let generatorLoss = Measure("loss/generator")
    public static let generatorClassLoss = Measure("loss/class_generator")
    public static let fakeScore = Measure("score/fake")
    public static let pathLengthPenalty = Measure("loss/path_length")
    public static let pathLength = Measure("path_length")
    /// Where real and generated images are not judged apart.
    public static let discriminatorLoss = Measure("loss/discriminator")
    public static let discriminatorFakeLoss = Measure("loss/discriminator_fake")
    public static let discriminatorRealLoss = Measure("loss/discriminator_real")
    public static let gradientPenalty = Measure("loss/gradient_penalty")
    public static let gradientNorm = Measure("gradient_norm/images")
    public static let discriminatorClassLoss = Measure("loss/class_discriminator")
    public static let generatorRegressionLoss = Measure("loss/regression_generator")
    public static let discriminatorRegressionLoss = Measure("loss/regression_discriminator")
    public static let realScore = Measure("score/real")
    public static let realSign = Measure("score/real_sign")
    /// What a generator's layers note of a microbatch, for state that follows it: of StyleGAN2's, the mean of w.
    package static func noted(_ count: Int) -> Measure { Measure("the tracked means", count: count, isReported: false) }
}
