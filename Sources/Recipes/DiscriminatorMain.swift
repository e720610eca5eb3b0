import Autodiff
import Learning
import Models

/// The discriminator's main phase: on real images first, then on generated ones.
extension AdversarialGame {
    /// What the phase has made of real images, before any are generated.
    enum Opening {
        /// Judged apart: it has gone back from them.
        case apart(any AdversarialLoss, PhaseResult)
        /// In pairs: the loss is still to come.
        case pairs(RelativisticLoss, DiscriminatorSight)
    }

    /// The adversarial loss of the discriminator, and what stands beside it.
    ///
    /// - Parameters:
    ///   - views: of reals and fakes.
    ///   - mix: uniform in 0 … 1 for each sample, [N, 1, 1, 1]; only read with a gradient penalty.
    public func discriminatorMain(
        _ input: GeneratorInput, real: RealSamples, views: Views = .none, mix: @autoclosure () -> Tensor
    ) -> PhaseLoss {
        discriminatorMain(
            input, real: real, opening: opening(on: real, view: views.ofReals), views: views, mix: mix())
    }

    /// The part of it that does not read the generator.
    func opening(on real: RealSamples, view: (any DrawnAugmentation)?) -> Opening {
        opening(on: real, view: view, sight(ofReal: real, through: view), near: nil)
    }

    /// - Parameters:
    ///   - sight: of the reals.
    ///   - anchors: what LeCam holds scores near; nil without it.
    func opening(
        on real: RealSamples, view: (any DrawnAugmentation)?, _ sight: DiscriminatorSight, near anchors: LeCam.Anchors?
    ) -> Opening {
        switch judgement {
        case .pairs(let pairs): return .pairs(pairs, sight)
        case .apart(let adversarial):
            var measurements = Measurements()
            var loss = adversarial.onReal(sight.seen.logits)
            measurements[.discriminatorRealLoss] = loss.scalar
            addTerms(onReal: real, view: view, sight, near: anchors, to: &loss, &measurements)
            let result = PhaseLoss(
                loss: loss, variables: selectionD.variables(sight.weights), measurements: measurements
            ).result()
            return .apart(adversarial, result)
        }
    }

    /// The rest of it.
    func discriminatorMain(
        _ input: GeneratorInput, real: RealSamples, opening: Opening, views: Views, mix: @autoclosure () -> Tensor
    ) -> PhaseLoss {
        discriminatorMain(
            on: generated([input], over: nil)[0], labels: input.labels, real: real, opening: opening, views: views,
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
        on fake: GeneratorOutput, labels: Tensor?, real: RealSamples, opening: Opening, views: Views,
        mix: @autoclosure () -> Tensor, sight: DiscriminatorSight? = nil, near anchors: LeCam.Anchors? = nil
    ) -> PhaseLoss {
        switch opening {
        case .pairs(let pairs, let reals):
            return discriminatorMain(
                inPairs: pairs, real, reals, fake, sight, labels: labels, views: views, near: anchors)
        case .apart(let adversarial, let onReal):
            var measurements = onReal.measurements
            measurements[list: noted] = fake.noted
            var earlier = [onReal.gradients]
            if let gradientPenalty {
                // Its second order needs the most memory: it goes back before the fakes are looked at.
                let penalty = between(
                    gradientPenalty, real: real.images, fake: fake.image, labels: labels, view: views.ofMixes,
                    mix: mix())
                measurements[.gradientPenalty] = penalty.measurements[.gradientPenalty]
                measurements[.gradientNorm] = penalty.measurements[.gradientNorm]
                earlier.append(penalty.gradients)
            }

            let sight = sight ?? self.sight(of: fake.image, through: views.ofFakes, labels: labels)
            var loss = adversarial.onFake(sight.seen.logits)
            measurements[.discriminatorFakeLoss] = loss.scalar
            addTerms(
                onFake: fake, labels: labels, view: views.ofFakes, sight, near: anchors, to: &loss, &measurements)
            return PhaseLoss(
                loss: loss, variables: selectionD.variables(sight.weights), earlier: earlier,
                measurements: measurements)
        }
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

    // MARK: What stands beside the adversarial loss

    func addTerms(
        onReal real: RealSamples, view: (any DrawnAugmentation)?, _ sight: DiscriminatorSight,
        near anchors: LeCam.Anchors?, to loss: inout Tensor, _ measurements: inout Measurements
    ) {
        let seen = sight.seen
        addConditionLosses(seen, real.labels, of: .discriminator, to: &loss, &measurements)
        for term in onReals {
            let value = term.loss(real: real, view: view, seen: seen, sight.weights, &measurements)
            measurements[term.measure] = value.scalar
            loss = loss + value * term.weight
        }
        if let lecam {
            addLeCam(anchors.map { lecam.regularization.onReal(seen.logits, $0) }, to: &loss, &measurements)
        }
        measurements[.realScore] = seen.logits.mean().scalar
        measurements[.realSign] = Self.meanSign(seen.logits)
    }

    static func meanSign(_ scores: Tensor) -> Float {
        let scores = scores.array
        return scores.reduce(0) { $0 + ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) } / Float(scores.count)
    }

    func addTerms(
        onFake fake: GeneratorOutput, labels: Tensor?, view: (any DrawnAugmentation)?, _ sight: DiscriminatorSight,
        near anchors: LeCam.Anchors?, to loss: inout Tensor, _ measurements: inout Measurements
    ) {
        let seen = sight.seen
        addConditionLosses(seen, labels, of: .discriminator, to: &loss, &measurements)
        for term in onFakes {
            let value = term.loss(generated: fake, view: view, seen: seen, sight.weights)
            measurements[term.measure] = value.scalar
            loss = loss + value * term.weight
        }
        if let lecam {
            addLeCam(anchors.map { lecam.regularization.onFake(seen.logits, $0) }, to: &loss, &measurements)
            measurements[list: .scoreMeans] = [measurements[.realScore], seen.logits.mean().scalar]
        }
    }
}
