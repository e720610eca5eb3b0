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

/// The losses of StyleGAN2 with GGDR, phase by phase. A phase's loss is the mean over its samples.
public struct Objectives {
    let networks: Networks
    let settings: ObjectiveSettings

    public init(_ networks: Networks, _ settings: ObjectiveSettings) {
        self.networks = networks
        self.settings = settings
    }

    /// Non-saturating logistic loss of the generator: softplus(−D(G(z))) (arXiv 1406.2661, section 3).
    public func generatorMain(_ input: GeneratorInput) -> PhaseLoss { generatorMain(fakes(input)) }

    /// The part of the generator's main phase that does not read the discriminator.
    func fakes(_ input: GeneratorInput) -> Fakes {
        let weights = networks.g.weights(differentiable: true)
        let w = mapped(input, weights)
        let image = networks.generator.synthesize(ws: w.ws, noise: input.noise, weights).image
        return Fakes(image: image, labels: input.labels, wMean: w.mean, variables: networks.g.variables(weights))
    }

    /// The rest of it.
    func generatorMain(_ fakes: Fakes) -> PhaseLoss {
        let logits = discriminate(fakes.image, fakes.labels, networks.d.weights(differentiable: false)).logits
        let loss = (-logits).softplus().mean()
        var measurements = Measurements(wMean: fakes.wMean)
        measurements[.generatorLoss] = loss.scalar
        measurements[.fakeScore] = logits.mean().scalar
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
        let weights = networks.g.weights(differentiable: true)
        let w = mapped(input, weights)
        let image = networks.generator.synthesize(ws: w.ws, noise: input.noise, weights).image
        let (n, side) = (image.shape[0], Float(image.shape[1]))
        let projection = (image * (imageNoise * (1 / side))).sum()
        guard let slope = gradients(of: projection, with: [w.ws], recording: true)[0] else {
            preconditionFailure("path length: the image does not depend on w")
        }
        let squares = Tensor.contract(slope, slope, to: [n, 1, 1]).reshaped([n])
        let lengths = (squares * (1 / Float(slope.shape[1]))).power(0.5)
        // As in the reference, the gradient also flows through the mean that the lengths are compared with.
        let mean = lengths.mean().affine(settings.pathLengthDecay, pathMean * (1 - settings.pathLengthDecay))
        let penalty = (lengths - mean.reshaped([1])).squared().mean()
        let loss = penalty * (settings.pathLengthWeight * Float(interval))
        var measurements = Measurements(wMean: w.mean)
        measurements[.pathLengthPenalty] = penalty.scalar
        measurements[.pathLength] = lengths.mean().scalar
        return PhaseLoss(loss: loss, variables: networks.g.variables(weights), measurements: measurements)
    }

    /// Logistic loss of the discriminator: softplus(D(fake)) + softplus(−D(real)), and GGDR on the fakes.
    ///
    /// - Parameter real: [N, H, W, C] in [-1, 1]
    public func discriminatorMain(_ input: GeneratorInput, real: Tensor, realLabels: Tensor?) -> PhaseLoss {
        discriminatorMain(input, onReal: discriminatorOnReal(real, labels: realLabels))
    }

    /// The part of the discriminator's main phase that does not read the generator: softplus(−D(real)).
    func discriminatorOnReal(_ real: Tensor, labels: Tensor?) -> PhaseResult {
        let weights = networks.d.weights(differentiable: true)
        let logits = discriminate(real, labels, weights).logits
        let loss = (-logits).softplus().mean()
        var measurements = Measurements(wMean: nil)
        measurements[.discriminatorRealLoss] = loss.scalar
        measurements[.realScore] = logits.mean().scalar
        let scores = logits.array
        measurements[.realSign] = scores.reduce(0) { $0 + ($1 > 0 ? 1 : $1 < 0 ? -1 : 0) } / Float(scores.count)
        return PhaseLoss(loss: loss, variables: networks.d.variables(weights), measurements: measurements).result()
    }

    /// The rest of it: softplus(D(fake)) and GGDR.
    func discriminatorMain(_ input: GeneratorInput, onReal: PhaseResult) -> PhaseLoss {
        // No gradient reaches the generator, neither from the images nor from the feature maps.
        let (fake, wMean) = Tape.paused {
            let weights = networks.g.weights(differentiable: false)
            let w = mapped(input, weights)
            return (networks.generator.synthesize(ws: w.ws, noise: input.noise, weights), w.mean)
        }
        let weights = networks.d.weights(differentiable: true)
        var measurements = onReal.measurements
        measurements.wMean = wMean

        let onFake = discriminate(fake.image, input.labels, weights)
        var loss = onFake.logits.softplus().mean()
        measurements[.discriminatorFakeLoss] = loss.scalar
        if let decoder = networks.discriminator.decoder {
            guard let decoded = decoder(onFake.features, weights)[decoder.resolution],
                let target = fake.features[decoder.resolution]
            else { preconditionFailure("GGDR: no feature map at \(decoder.resolution)") }
            let ggdr = GGDRDecoder.loss(decoded: decoded, target: target)
            measurements[.ggdrLoss] = ggdr.scalar
            loss = loss + ggdr * settings.ggdrWeight
        }
        return PhaseLoss(
            loss: loss, variables: networks.d.variables(weights), earlier: onReal.gradients,
            measurements: measurements)
    }

    /// R1 (arXiv 1801.04406, equation 9): γ/2 · ‖∇D(real)‖², lazily: times `interval`.
    public func discriminatorRegularization(real: Tensor, realLabels: Tensor?, interval: Int) -> PhaseLoss {
        let weights = networks.d.weights(differentiable: true)
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
        return PhaseLoss(loss: loss, variables: networks.d.variables(weights), measurements: measurements)
    }

    private func discriminate(
        _ image: Tensor, _ labels: Tensor?, _ weights: Weights
    ) -> StyleGAN2Discriminator.Output {
        networks.discriminator(image, labels: labels, weights)
    }

    /// The w of each layer [N, wCount, wDim], and the mean of the first style's w [wDim], for tracking.
    private func mapped(_ input: GeneratorInput, _ weights: Weights) -> (ws: Tensor, mean: [Float]) {
        let generator = networks.generator
        let w = generator.mapping(input.z, labels: input.labels, weights)
        let mean = Tape.paused { w.mean(over: [0]).array }
        guard let mixing = input.mixing else { return (generator.broadcast(w), mean) }
        let (n, dimension) = (w.shape[0], w.shape[1])
        let other = generator.mapping(mixing.z, labels: input.labels, weights)
        let first = w.reshaped([n, 1, dimension])
        let second = other.reshaped([n, 1, dimension])
        return (mixing.mask.affine(-1, 1) * first + mixing.mask * second, mean)
    }
}
