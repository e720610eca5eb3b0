import Autodiff
import Layers
import Models

/// The constants of the losses.
public struct ObjectiveSettings: Sendable {
    /// λ of GGDR (arXiv 2207.13320, section 3.2).
    public var ggdrWeight: Float
    /// γ of R1 (arXiv 1801.04406).
    public var r1Gamma: Float
    public var pathLengthWeight: Float
    /// Rate at which the mean path length follows.
    public var pathLengthDecay: Float
    public var adversarial: AdversarialLoss
    /// Factor of an auxiliary classifier's loss, in both networks.
    public var classWeight: Float

    public init(
        ggdrWeight: Float, r1Gamma: Float, pathLengthWeight: Float, pathLengthDecay: Float,
        adversarial: AdversarialLoss = .logistic, classWeight: Float = 1
    ) {
        self.ggdrWeight = ggdrWeight
        self.r1Gamma = r1Gamma
        self.pathLengthWeight = pathLengthWeight
        self.pathLengthDecay = pathLengthDecay
        self.adversarial = adversarial
        self.classWeight = classWeight
    }
}

/// The losses of the phases, for any generator and discriminator at any level of growth. A phase's loss is the mean
/// over its samples.
public struct Objectives {
    let networks: Networks
    var settings: ObjectiveSettings
    /// At which the networks are.
    public let level: GrowthLevel
    /// The parameters that take part.
    let selectionG: ParameterSelection
    let selectionD: ParameterSelection

    /// - Parameter level: the fully grown one without it.
    public init(_ networks: Networks, _ settings: ObjectiveSettings, at level: GrowthLevel? = nil) {
        let level = level ?? GrowthLevel(resolution: networks.generator.resolution)
        self.init(
            networks, settings, level,
            networks.g.selection(networks.generator.activeParameters(at: level)),
            networks.d.selection(networks.discriminator.activeParameters(at: level)))
    }

    private init(
        _ networks: Networks, _ settings: ObjectiveSettings, _ level: GrowthLevel, _ selectionG: ParameterSelection,
        _ selectionD: ParameterSelection
    ) {
        self.networks = networks
        self.settings = settings
        self.level = level
        self.selectionG = selectionG
        self.selectionD = selectionD
    }

    /// The same at another level.
    func at(_ level: GrowthLevel) -> Objectives {
        level.hasSameLayers(as: self.level)
            ? Objectives(networks, settings, level, selectionG, selectionD) : Objectives(networks, settings, at: level)
    }

    /// The adversarial loss of the generator.
    public func generatorMain(_ input: GeneratorInput) -> PhaseLoss { generatorMain(fakes(input)) }

    /// The part of the generator's main phase that does not read the discriminator.
    func fakes(_ input: GeneratorInput) -> Fakes {
        let weights = networks.g.weights(differentiable: true, selectionG)
        let fake = networks.generator(input, at: level, weights)
        return Fakes(
            image: fake.image, labels: input.labels, wMean: fake.styleMean,
            variables: selectionG.variables(weights))
    }

    /// The rest of it.
    func generatorMain(_ fakes: Fakes) -> PhaseLoss {
        let scores = discriminate(fakes.image, fakes.labels, networks.d.weights(differentiable: false, selectionD))
        var measurements = Measurements(wMean: fakes.wMean)
        var loss = settings.adversarial.generator(scores.logits)
        measurements[.generatorLoss] = loss.scalar
        addClassLoss(scores, fakes.labels, to: &loss, &measurements)
        measurements[.fakeScore] = scores.logits.mean().scalar
        return PhaseLoss(loss: loss, variables: fakes.variables, measurements: measurements)
    }

    /// Path length regularisation (arXiv 1912.04958, section 3.2), lazily: times `interval`.
    ///
    /// - Parameters:
    ///   - imageNoise: N(0, 1), of the images' shape.
    ///   - pathMean: the tracked mean length before this step.
    public func generatorRegularization(
        _ input: GeneratorInput, imageNoise: Tensor, pathMean: Float, interval: Int
    ) -> PhaseLoss {
        let weights = networks.g.weights(differentiable: true, selectionG)
        let fake = networks.generator(input, at: level, weights)
        guard let styles = fake.styles else { preconditionFailure("path length: the generator has no styles") }
        let (n, side) = (fake.image.shape[0], Float(fake.image.shape[1]))
        let projection = (fake.image * (imageNoise * (1 / side))).sum()
        guard let slope = gradients(of: projection, with: [styles], recording: true)[0] else {
            preconditionFailure("path length: the image does not depend on w")
        }
        let squares = Tensor.contract(slope, slope, to: [n, 1, 1]).reshaped([n])
        let lengths = (squares * (1 / Float(slope.shape[1]))).power(0.5)
        // As in the reference, the gradient also flows through the mean that the lengths are compared with.
        let mean = lengths.mean().affine(settings.pathLengthDecay, pathMean * (1 - settings.pathLengthDecay))
        let penalty = (lengths - mean.reshaped([1])).squared().mean()
        let loss = penalty * (settings.pathLengthWeight * Float(interval))
        var measurements = Measurements(wMean: fake.styleMean)
        measurements[.pathLengthPenalty] = penalty.scalar
        measurements[.pathLength] = lengths.mean().scalar
        return PhaseLoss(loss: loss, variables: selectionG.variables(weights), measurements: measurements)
    }

    /// The adversarial loss of the discriminator, and GGDR on the fakes.
    ///
    /// - Parameters:
    ///   - real: [N, r, r, C] in [-1, 1], r the level's resolution.
    ///   - mix: uniform in 0 … 1 for each sample, [N, 1, 1, 1]; nil where the loss has no gradient penalty.
    public func discriminatorMain(
        _ input: GeneratorInput, real: Tensor, realLabels: Tensor?, mix: Tensor? = nil
    ) -> PhaseLoss {
        discriminatorMain(input, real: real, onReal: discriminatorOnReal(real, labels: realLabels), mix: mix)
    }

    /// The part of the discriminator's main phase that does not read the generator.
    func discriminatorOnReal(_ real: Tensor, labels: Tensor?) -> PhaseResult {
        let weights = networks.d.weights(differentiable: true, selectionD)
        let seen = discriminate(real, labels, weights)
        let logits = seen.logits
        var measurements = Measurements(wMean: nil)
        var loss = settings.adversarial.onReal(logits)
        measurements[.discriminatorRealLoss] = loss.scalar
        addClassLoss(seen, labels, to: &loss, &measurements)
        measurements[.realScore] = logits.mean().scalar
        let scores = logits.array
        measurements[.realSign] = scores.reduce(0) { $0 + ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) } / Float(scores.count)
        return PhaseLoss(loss: loss, variables: selectionD.variables(weights), measurements: measurements).result()
    }

    /// The rest of it.
    func discriminatorMain(
        _ input: GeneratorInput, real: Tensor, onReal: PhaseResult, mix: Tensor?
    ) -> PhaseLoss {
        // No gradient reaches the generator, neither from the images nor from the feature maps.
        let fake = Tape.paused {
            networks.generator(input, at: level, networks.g.weights(differentiable: false, selectionG))
        }
        var measurements = onReal.measurements
        measurements.wMean = fake.styleMean
        var earlier = [onReal.gradients]
        if case .wasserstein(let wasserstein) = settings.adversarial, wasserstein.gpWeight > 0, let mix {
            // Its second order needs the most memory: it goes back before the fakes are looked at.
            let penalty = gradientPenalty(wasserstein, real: real, fake: fake.image, labels: input.labels, mix: mix)
            measurements[.gradientPenalty] = penalty.measurements[.gradientPenalty]
            measurements[.gradientNorm] = penalty.measurements[.gradientNorm]
            earlier.append(penalty.gradients)
        }

        let weights = networks.d.weights(differentiable: true, selectionD)
        let onFake = discriminate(fake.image, input.labels, weights)
        var loss = settings.adversarial.onFake(onFake.logits)
        measurements[.discriminatorFakeLoss] = loss.scalar
        addClassLoss(onFake, input.labels, to: &loss, &measurements)
        if let decoder = networks.discriminator.decoder, decoder.isActive(at: level) {
            guard let decoded = decoder(onFake.features, weights)[decoder.resolution],
                let target = fake.features[decoder.resolution]
            else { preconditionFailure("GGDR: no feature map at \(decoder.resolution)") }
            let ggdr = GGDRDecoder.loss(decoded: decoded, target: target)
            measurements[.ggdrLoss] = ggdr.scalar
            loss = loss + ggdr * settings.ggdrWeight
        }
        return PhaseLoss(
            loss: loss, variables: selectionD.variables(weights), earlier: earlier, measurements: measurements)
    }

    /// Of the discriminator between real and generated images (arXiv 1704.00028, equation 3).
    private func gradientPenalty(
        _ loss: WassersteinLoss, real: Tensor, fake: Tensor, labels: Tensor?, mix: Tensor
    ) -> PhaseResult {
        let weights = networks.d.weights(differentiable: true, selectionD)
        let (penalty, norms) = loss.gradientPenalty(
            real: real, fake: fake, mix: mix, finalResolution: networks.generator.resolution
        ) { discriminate($0, labels, weights).logits }
        let mean = penalty.mean()
        var measurements = Measurements(wMean: nil)
        measurements[.gradientPenalty] = mean.scalar
        measurements[.gradientNorm] = norms.mean().scalar
        return PhaseLoss(loss: mean, variables: selectionD.variables(weights), measurements: measurements).result()
    }

    /// The auxiliary classifier's loss, where the discriminator has one (arXiv 1610.09585).
    private func addClassLoss(
        _ seen: DiscriminatorOutput, _ labels: Tensor?, to loss: inout Tensor, _ measurements: inout Measurements
    ) {
        guard let scores = seen.classLogits, let labels else { return }
        let classLoss = AuxiliaryClassifier.crossEntropy(scores, labels: labels)
        measurements[.classLoss] += classLoss.scalar
        loss = loss + classLoss * settings.classWeight
    }

    /// R1 (arXiv 1801.04406, equation 9): γ/2 · ‖∇D(real)‖², lazily: times `interval`.
    public func discriminatorRegularization(real: Tensor, realLabels: Tensor?, interval: Int) -> PhaseLoss {
        let weights = networks.d.weights(differentiable: true, selectionD)
        let images = real.variable()
        let logits = discriminate(images, realLabels, weights).logits
        guard let slope = gradients(of: logits.sum(), with: [images], recording: true)[0] else {
            preconditionFailure("R1: the score does not depend on the image")
        }
        let n = Float(real.shape[0])
        let penalty = Tensor.contract(slope, slope, to: [1, 1, 1, 1]).reshaped([]) * (1 / n)
        let loss = penalty * (settings.r1Gamma / 2 * Float(interval))
        var measurements = Measurements(wMean: nil)
        measurements[.r1Penalty] = penalty.scalar
        return PhaseLoss(loss: loss, variables: selectionD.variables(weights), measurements: measurements)
    }

    private func discriminate(_ image: Tensor, _ labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        networks.discriminator(image, labels: labels, at: level, weights)
    }
}
