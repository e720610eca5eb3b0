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
    public var loss: any AdversarialLoss
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
        self.loss = loss
    }

    // MARK: The generator's main phase

    /// The adversarial loss of the generator.
    public func generatorMain(_ input: GeneratorInput, view: (any DrawnAugmentation)? = nil) -> PhaseLoss {
        generatorMain(fakes(input), view: view)
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
    func generatorMain(_ fakes: Fakes, view: (any DrawnAugmentation)?) -> PhaseLoss {
        let seen = look(
            at: fakes.image, through: view, labels: fakes.labels, weightsD(differentiable: false))
        var measurements = Measurements()
        var loss = loss.generator(seen.logits)
        measurements[.generatorLoss] = loss.scalar
        addConditionLosses(seen, fakes.labels, of: .generator, to: &loss, &measurements)
        measurements[.fakeScore] = seen.logits.mean().scalar
        measurements[list: noted] = fakes.noted
        return PhaseLoss(loss: loss, variables: fakes.variables, measurements: measurements)
    }

    // MARK: The discriminator's main phase

    /// The adversarial loss of the discriminator, and what stands beside it.
    ///
    /// - Parameters:
    ///   - views: of reals and fakes.
    ///   - mix: uniform in 0 … 1 for each sample, [N, 1, 1, 1]; only read with a gradient penalty.
    public func discriminatorMain(
        _ input: GeneratorInput, real: RealSamples, views: Views = .none, mix: @autoclosure () -> Tensor
    ) -> PhaseLoss {
        discriminatorMain(
            input, real: real, onReal: discriminatorOnReal(real, view: views.ofReals), views: views, mix: mix())
    }

    /// The part of it that does not read the generator.
    func discriminatorOnReal(_ real: RealSamples, view: (any DrawnAugmentation)?) -> PhaseResult {
        discriminatorOnReal(real, view: view, sight(of: real.images, through: view, labels: real.labels), near: nil)
    }

    /// - Parameters:
    ///   - sight: of the reals.
    ///   - anchors: what LeCam holds scores near; nil without it.
    func discriminatorOnReal(
        _ real: RealSamples, view: (any DrawnAugmentation)?, _ sight: DiscriminatorSight, near anchors: LeCam.Anchors?
    ) -> PhaseResult {
        let (seen, weights) = (sight.seen, sight.weights)
        var measurements = Measurements()
        var loss = loss.onReal(seen.logits)
        measurements[.discriminatorRealLoss] = loss.scalar
        addConditionLosses(seen, real.labels, of: .discriminator, to: &loss, &measurements)
        for term in onReals {
            let value = term.loss(real: real, view: view, seen: seen, weights, &measurements)
            measurements[term.measure] = value.scalar
            loss = loss + value * term.weight
        }
        if let lecam {
            addLeCam(anchors.map { lecam.regularization.onReal(seen.logits, $0) }, to: &loss, &measurements)
        }
        measurements[.realScore] = seen.logits.mean().scalar
        let scores = seen.logits.array
        measurements[.realSign] = scores.reduce(0) { $0 + ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) } / Float(scores.count)
        return PhaseLoss(loss: loss, variables: selectionD.variables(weights), measurements: measurements).result()
    }

    /// The rest of it.
    func discriminatorMain(
        _ input: GeneratorInput, real: RealSamples, onReal: PhaseResult, views: Views, mix: @autoclosure () -> Tensor
    ) -> PhaseLoss {
        discriminatorMain(
            on: generated([input], over: nil)[0], labels: input.labels, real: real, onReal: onReal, views: views,
            mix: mix())
    }

    /// What the discriminator learns from, of all of a rank's microbatches: no gradient reaches the generator, neither
    /// from the images nor from the feature maps.
    ///
    /// - Parameter batch: what layers that look at the whole batch sum it with.
    func generated(_ inputs: [GeneratorInput], over batch: (any GlobalSummation)?) -> [GeneratorOutput] {
        Tape.paused {
            generator(inputs, inputs.map { _ in g.weights(differentiable: false, selectionG, batch: batch) })
        }
    }

    /// On images that have been generated.
    ///
    /// - Parameters:
    ///   - sight: of them, where the discriminator has looked at them.
    ///   - anchors: what LeCam holds scores near; nil without it.
    func discriminatorMain(
        on fake: GeneratorOutput, labels: Tensor?, real: RealSamples, onReal: PhaseResult, views: Views,
        mix: @autoclosure () -> Tensor, sight: DiscriminatorSight? = nil, near anchors: LeCam.Anchors? = nil
    ) -> PhaseLoss {
        var measurements = onReal.measurements
        measurements[list: noted] = fake.noted
        var earlier = [onReal.gradients]
        if let gradientPenalty {
            // Its second order needs the most memory: it goes back before the fakes are looked at.
            let penalty = between(
                gradientPenalty, real: real.images, fake: fake.image, labels: labels, view: views.ofMixes, mix: mix())
            measurements[.gradientPenalty] = penalty.measurements[.gradientPenalty]
            measurements[.gradientNorm] = penalty.measurements[.gradientNorm]
            earlier.append(penalty.gradients)
        }

        let sight = sight ?? self.sight(of: fake.image, through: views.ofFakes, labels: labels)
        let (seen, weights) = (sight.seen, sight.weights)
        var loss = loss.onFake(seen.logits)
        measurements[.discriminatorFakeLoss] = loss.scalar
        addConditionLosses(seen, labels, of: .discriminator, to: &loss, &measurements)
        for term in onFakes {
            let value = term.loss(generated: fake, view: views.ofFakes, seen: seen, weights)
            measurements[term.measure] = value.scalar
            loss = loss + value * term.weight
        }
        if let lecam {
            addLeCam(anchors.map { lecam.regularization.onFake(seen.logits, $0) }, to: &loss, &measurements)
            measurements[list: .scoreMeans] = [measurements[.realScore], seen.logits.mean().scalar]
        }
        return PhaseLoss(
            loss: loss, variables: selectionD.variables(weights), earlier: earlier, measurements: measurements)
    }

    private func between(
        _ gradientPenalty: GradientPenalty, real: Tensor, fake: Tensor, labels: Tensor?, view: (any DrawnAugmentation)?,
        mix: Tensor
    ) -> PhaseResult {
        let weights = weightsD(differentiable: true)
        let (penalty, norms) = gradientPenalty(
            real: real, fake: fake, mix: mix, finalResolution: generator.mapSize(at: generator.largestResolution).height
        ) { look(at: $0, through: view, labels: labels, weights).logits }
        let mean = penalty.mean()
        var measurements = Measurements()
        measurements[.gradientPenalty] = mean.scalar
        measurements[.gradientNorm] = norms.mean().scalar
        return PhaseLoss(loss: mean, variables: selectionD.variables(weights), measurements: measurements).result()
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

    /// R1, γ/2 · ‖∇D(real)‖², lazily: times `interval`.
    ///
    /// The slope is in the images before they are augmented.
    public func r1(
        gamma: Float, real: RealSamples, view: (any DrawnAugmentation)? = nil, interval: Int
    ) -> PhaseLoss {
        let weights = weightsD(differentiable: true)
        let penalty = R1Penalty.squaredSlope(real: real.images) {
            look(at: $0, through: view, labels: real.labels, weights).logits
        }
        var measurements = Measurements()
        measurements[.r1Penalty] = penalty.scalar
        return PhaseLoss(
            loss: penalty * (gamma / 2 * Float(interval)), variables: selectionD.variables(weights),
            measurements: measurements)
    }

    /// The losses of heads that read from samples what conditions them, where the discriminator has such: of an auxiliary
    /// classifier, and of one that reads numbers.
    private func addConditionLosses(
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
    public static let discriminatorFakeLoss = Measure("loss/discriminator_fake")
    public static let discriminatorRealLoss = Measure("loss/discriminator_real")
    public static let gradientPenalty = Measure("loss/gradient_penalty")
    public static let gradientNorm = Measure("gradient_norm/images")
    public static let discriminatorClassLoss = Measure("loss/class_discriminator")
    public static let generatorRegressionLoss = Measure("loss/regression_generator")
    public static let discriminatorRegressionLoss = Measure("loss/regression_discriminator")
    public static let realScore = Measure("score/real")
    public static let realSign = Measure("score/real_sign")
    public static let r1Penalty = Measure("r1_penalty")
    /// What a generator's layers note of a microbatch, for state that follows it: of StyleGAN2's, the mean of w.
    package static func noted(_ count: Int) -> Measure { Measure("the tracked means", count: count, isReported: false) }
}
