import Autodiff
import Learning
import Models

/// What the phases of a step are fed beside real images: pure functions of step, phase and sample number.
public protocol StepInputs {
    /// - Parameters:
    ///   - generator: at the level that the step trains at.
    ///   - stream: the phase's, see ``Phase/stream``.
    ///   - samples: numbers in the global batch.
    func generatorInput(
        _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
    ) -> GeneratorInput
    /// N(0, 1) of the images' shape, for the path length.
    func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor
    /// Uniform in 0 … 1 for each sample, [N, 1, 1, 1], for the gradient penalty.
    func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor
    /// The random numbers of what the discriminator sees images through.
    func augmentation(of shown: Shown, step: Int, stream: Int, samples: Range<Int>) -> AugmentationDraws
    /// Of each class, whether LabelMix takes it from the real images of a whole batch.
    func labelMixBits(classes: Int, step: Int, stream: Int) -> [Bool]
}

/// What the discriminator is shown: within a phase each has draws of its own.
public enum Shown: Int, Sendable {
    case reals, fakes
    /// Images between the two, for the gradient penalty.
    case mixes
}

extension StepInputs {
    public func augmentation(of shown: Shown, step: Int, stream: Int, samples: Range<Int>) -> AugmentationDraws {
        preconditionFailure("augmentation: these inputs have no draws for it")
    }

    public func labelMixBits(classes: Int, step: Int, stream: Int) -> [Bool] {
        preconditionFailure("LabelMix: these inputs have no draws for it")
    }
}

/// Draws the inputs by the seed.
public struct PhaseInputs: StepInputs {
    let randomizer: Randomizer
    let styleMixing: Float
    /// Those of the data set, from which fakes' are drawn; nil for an unconditional run.
    let conditions: DatasetConditions?
    /// Nil where none is left out.
    let dropout: ConditionDropout?

    /// - Parameters:
    ///   - styleMixing: probability of a second style (arXiv 1812.04948, section 3.1).
    ///   - conditions: of the data set's rows; nil for an unconditional run.
    ///   - dropout: share of the samples whose condition is left out.
    public init(randomizer: Randomizer, styleMixing: Float, conditions: DatasetConditions?, dropout: Double = 0) {
        self.randomizer = randomizer
        self.styleMixing = styleMixing
        self.conditions = conditions
        self.dropout = ConditionDropout(randomizer: randomizer, share: dropout)
    }

    /// Of classes.
    public init(randomizer: Randomizer, styleMixing: Float, datasetLabels: [Int32]?) {
        self.init(
            randomizer: randomizer, styleMixing: styleMixing, conditions: datasetLabels.map { .classes($0) })
    }

    public func generatorInput(
        _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
    ) -> GeneratorInput {
        let size = generator.imageSize
        return GeneratorInput(
            z: randomizer.latents(.latent, of: generator, stream: stream, step: step, samples: samples),
            labels: labels(generator, stream: stream, step: step, samples: samples),
            dropout: randomizer.dropout(
                of: generator, height: size.height, width: size.width, stream: stream, step: step, samples: samples),
            mixing: mixing(generator, stream: stream, step: step, samples: samples),
            noise: .random { randomizer.noise(.noise, stream: stream, step: step, samples: samples, of: $0) })
    }

    // The path length's noise and the gradient penalty's mix were drawn before phases had streams that repeat: those of
    // a first phase keep the draws that they had.
    public func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        let size = generator.imageSize
        return randomizer.normals(
            .pathLengthNoise, stream: Self.repetition(stream), step: step, samples: samples,
            shape: [size.height, size.width, generator.imageChannels])
    }

    public func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        Tensor(
            randomizer.uniforms(
                .interpolation, stream: Self.repetition(stream), step: step, samples: samples, count: 1),
            shape: [samples.count, 1, 1, 1])
    }

    public func augmentation(of shown: Shown, step: Int, stream: Int, samples: Range<Int>) -> AugmentationDraws {
        // Uniform and normal draws of a slot, kinds of images and phases: each has numbers of its own.
        let slots = AugmentationDraws.slots + 1
        func number(_ slot: Int, isNormal: Bool = true) -> Int {
            (4 * stream + shown.rawValue) * 2 * slots + (isNormal ? slots : 0) + slot
        }
        return AugmentationDraws(count: samples.count) { slot, count in
            randomizer.uniforms(
                .augmentation, stream: number(slot, isNormal: false), step: step, samples: samples, count: count)
        } normals: { slot, count in
            randomizer.normals(
                .augmentation, stream: number(slot), step: step, samples: samples, shape: [count]
            ).array
        } noise: { shape in
            randomizer.normals(
                .augmentation, stream: number(AugmentationDraws.slots), step: step, samples: samples, shape: shape)
        }
    }

    public func labelMixBits(classes: Int, step: Int, stream: Int) -> [Bool] {
        randomizer.uniforms(.labelMix, stream: stream, step: step, samples: 0..<1, count: classes).map { $0 < 0.5 }
    }

    /// Streams below ``Phase/streams`` are those of first phases.
    private static func repetition(_ stream: Int) -> Int { stream < Phase.streams ? 0 : stream }

    private func labels(_ generator: any Generator, stream: Int, step: Int, samples: Range<Int>) -> Tensor? {
        guard let conditions, generator.labelDim > 0 else { return nil }
        let rows = randomizer.uniforms(.label, stream: stream, step: step, samples: samples, count: 1)
            .map { Int(Double($0) * Double(conditions.count)) }
        return conditions.tensor(
            rows: rows, dimension: generator.labelDim,
            isGiven: dropout?.ofFakes(stream: stream, step: step, samples: samples))
    }

    /// With probability `styleMixing` a sample takes a second style from a uniformly drawn layer on.
    private func mixing(
        _ generator: any Generator, stream: Int, step: Int, samples: Range<Int>
    ) -> GeneratorInput.Mixing? {
        let count = generator.styleCount
        guard styleMixing > 0, count > 0 else { return nil }
        let draws = randomizer.uniforms(.mixingCutoff, stream: stream, step: step, samples: samples, count: 2)
        var mask = [Float](repeating: 0, count: samples.count * count)
        for i in 0..<samples.count where draws[2 * i] < styleMixing {
            let cutoff = 1 + Int(draws[2 * i + 1] * Float(count - 1))
            for layer in cutoff..<count { mask[i * count + layer] = 1 }
        }
        return GeneratorInput.Mixing(
            z: randomizer.normals(
                .mixingLatent, stream: stream, step: step, samples: samples, shape: [generator.zDim]),
            mask: Tensor(mask, shape: [samples.count, count, 1]))
    }
}

extension Phase {
    /// Streams of the phases that a step has once: gmain, greg, dmain, dreg, and what other methods add up to here.
    static let streams = 4

    /// The random stream of a repetition: the first keeps the phase's own.
    static func stream(_ stream: Int, repetition: Int) -> Int { stream + streams * repetition }
}
