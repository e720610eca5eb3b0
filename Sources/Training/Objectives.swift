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

    public init(ggdrWeight: Float, r1Gamma: Float, pathLengthWeight: Float, pathLengthDecay: Float) {
        self.ggdrWeight = ggdrWeight
        self.r1Gamma = r1Gamma
        self.pathLengthWeight = pathLengthWeight
        self.pathLengthDecay = pathLengthDecay
    }
}

/// The losses of the phases, for any generator and discriminator at any level of growth. A phase's loss is the mean
/// over its samples.
public struct Objectives {
    let networks: Networks
    var settings: ObjectiveSettings
    public let level: GrowthLevel
    /// The parameters that take part.
    let selectionG: ParameterSelection
    let selectionD: ParameterSelection
    private let adversarial: any AdversarialLoss = LogisticLoss()

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
        let loss = adversarial.generator(scores.logits)
        var measurements = Measurements(wMean: fakes.wMean)
        measurements[.generatorLoss] = loss.scalar
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
    /// - Parameter real: [N, r, r, C] in [-1, 1], r the level's resolution.
    public func discriminatorMain(_ input: GeneratorInput, real: Tensor, realLabels: Tensor?) -> PhaseLoss {
        discriminatorMain(input, onReal: discriminatorOnReal(real, labels: realLabels))
    }

    /// The part of the discriminator's main phase that does not read the generator.
    func discriminatorOnReal(_ real: Tensor, labels: Tensor?) -> PhaseResult {
        let weights = networks.d.weights(differentiable: true, selectionD)
        let logits = discriminate(real, labels, weights).logits
        let loss = adversarial.onReal(logits)
        var measurements = Measurements(wMean: nil)
        measurements[.discriminatorRealLoss] = loss.scalar
        measurements[.realScore] = logits.mean().scalar
        let scores = logits.array
        measurements[.realSign] = scores.reduce(0) { $0 + ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) } / Float(scores.count)
        return PhaseLoss(loss: loss, variables: selectionD.variables(weights), measurements: measurements).result()
    }

    /// The rest of it.
    func discriminatorMain(_ input: GeneratorInput, onReal: PhaseResult) -> PhaseLoss {
        // No gradient reaches the generator, neither from the images nor from the feature maps.
        let fake = Tape.paused {
            networks.generator(input, at: level, networks.g.weights(differentiable: false, selectionG))
        }
        let weights = networks.d.weights(differentiable: true, selectionD)
        var measurements = onReal.measurements
        measurements.wMean = fake.styleMean

        let onFake = discriminate(fake.image, input.labels, weights)
        var loss = adversarial.onFake(onFake.logits)
        measurements[.discriminatorFakeLoss] = loss.scalar
        if let decoder = networks.discriminator.decoder, decoder.isActive(at: level) {
            guard let decoded = decoder(onFake.features, weights)[decoder.resolution],
                let target = fake.features[decoder.resolution]
            else { preconditionFailure("GGDR: no feature map at \(decoder.resolution)") }
            let ggdr = GGDRDecoder.loss(decoded: decoded, target: target)
            measurements[.ggdrLoss] = ggdr.scalar
            loss = loss + ggdr * settings.ggdrWeight
        }
        return PhaseLoss(
            loss: loss, variables: selectionD.variables(weights), earlier: onReal.gradients,
            measurements: measurements)
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
