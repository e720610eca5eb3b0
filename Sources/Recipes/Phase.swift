import Autodiff
import Learning
import Models

/// One of the two networks that learn from each other.
public enum Learner: Int, CaseIterable, Codable, Sendable {
    case generator
    /// With what hangs on it, such as GGDR's decoder.
    case discriminator
}

/// A part of a step, as data: a loss, and who learns from it.
///
/// A recipe returns the phases of a step in their order; one engine interprets them. What a phase's loss reads is made
/// by the phase before it at the latest: its parameters are final, and so is what was tracked.
public struct Phase {
    /// What it is called in reports.
    public let key: PhaseKey
    /// Whose parameters its gradients move.
    public let learner: Learner
    /// It is a part of every so many steps (lazy regularisation, arXiv 1912.04958, appendix B).
    public var interval = 1
    /// Tells its random draws from those of other phases. Its place among numbers of updates left out, too.
    public let stream: Int
    /// Which of the step's batches of real samples it sees, from 0; nil for none.
    public var reals: Int?
    /// Whether it reads the label maps of its real samples.
    public var readsMaps = false
    /// The one network that the opening of its loss reads: as long as that does not change, the opening may be computed
    /// ahead, while other sums travel, with the same result. Nil where nothing can be.
    public var opening: Learner?
    /// It takes every so many microbatches only, and of them so many samples from the first on; nil for all.
    public var microbatchStride = 1
    public var samplesOfMicrobatch: Int?
    /// What it measures on each microbatch. The means over the batch have the same bits on any number of ranks.
    public var measures: [Measure]
    /// Sums of measures that are reported too.
    public var totals: [(name: String, of: [Measure])] = []
    /// What follows a measure's mean, once the phase's update is taken.
    public var tracking: [Tracking] = []
    public let loss: Loss

    public enum Loss {
        /// Of each microbatch alone. What it computes before it returns is the opening; the rest comes when the result
        /// is called.
        case each((PhaseMicrobatch) -> () -> PhaseLoss)
        /// Of all of a rank's microbatches together, for networks that look at the whole batch. They go back together.
        case together(([PhaseMicrobatch]) -> [PhaseLoss])
        /// Likewise, but that only what is computed before it returns needs all of them: the rest of each comes, goes
        /// back and is let go of alone.
        case openedTogether(([PhaseMicrobatch]) -> [() -> PhaseLoss])
    }

    public init(
        _ key: PhaseKey, _ learner: Learner, stream: Int, measures: [Measure], loss: Loss
    ) {
        self.key = key
        self.learner = learner
        self.stream = stream
        self.measures = measures
        self.loss = loss
    }

    /// Numbers measured on a microbatch.
    public var measuredCount: Int { measures.reduce(0) { $0 + $1.count } }

    /// What a report says of means: totals, then its measures.
    public func statistics(_ means: Measurements) -> [(String, Double)] {
        totals.map { total in (total.name, Double(total.of.map { means[$0] }.reduce(0, +))) }
            + measures.filter(\.isReported).map { ($0.name, Double(means[$0])) }
    }
}

/// The name of a phase, and which of several of that name in a step.
public struct PhaseKey: Hashable, Codable, Sendable, CustomStringConvertible {
    /// As in `stats.jsonl` and the bench.
    public let name: String
    /// From 0.
    public let repetition: Int

    public init(_ name: String, repetition: Int = 0) {
        self.name = name
        self.repetition = repetition
    }

    public var description: String { repetition == 0 ? name : "\(name).\(repetition + 1)" }

    public static let generatorMain = PhaseKey("gmain")
    public static let generatorRegularization = PhaseKey("greg")
    public static let discriminatorMain = PhaseKey("dmain")
    public static let discriminatorRegularization = PhaseKey("dreg")
}

/// State that follows a measured mean: a layer's, or a number of the method.
public struct Tracking {
    public let measure: Measure
    /// By its name in a checkpoint.
    public let state: String
    /// Takes the mean; tells whether the state is finite afterwards.
    public let follow: ([Float]) -> Bool

    public init(_ measure: Measure, state: String, follow: @escaping ([Float]) -> Bool) {
        self.measure = measure
        self.state = state
        self.follow = follow
    }
}

/// What a phase is given of a microbatch.
public struct PhaseMicrobatch {
    public let step: Int
    public let phase: PhaseKey
    public let stream: Int
    /// Their numbers in the global batch.
    public let samples: Range<Int>
    /// [N, H, W, C] in [-1, 1]; nil for phases that see none.
    public let images: Tensor?
    /// Of the images, one-hot [N, classes]; nil in an unconditional run.
    public let labels: Tensor?
    /// Of the images, makes the label maps, see ``RealSamples/maps``; nil where the phases need none.
    public let maps: (() -> Tensor)?
    /// Of the images, what conditions each pixel, [N, H, W, conditionChannels]; nil where nothing does.
    public let condition: Tensor?
    /// What layers that look at the whole batch sum it with, where all of a rank's microbatches go together; else nil.
    public var batch: (any GlobalSummation)?
    let inputs: any StepInputs

    public init(
        step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>, images: Tensor?, labels: Tensor?,
        maps: (() -> Tensor)? = nil, condition: Tensor? = nil, inputs: any StepInputs
    ) {
        self.step = step
        self.phase = phase
        self.stream = stream
        self.samples = samples
        self.images = images
        self.labels = labels
        self.maps = maps
        self.condition = condition
        self.inputs = inputs
    }

    /// What this generator is fed: its images are made of what conditions the pixels of the phase's own reals.
    ///
    /// - Parameter other: the phase whose draws it is made of; this one by default.
    public func generatorInput(
        _ generator: any Generator, as other: (phase: PhaseKey, stream: Int)? = nil
    ) -> GeneratorInput {
        var input = inputs.generatorInput(
            generator, step: step, phase: other?.phase ?? phase, stream: other?.stream ?? stream, samples: samples)
        if generator.conditionChannels > 0 {
            precondition(condition != nil, "phase \(phase): no conditions of its images")
            input.condition = condition
        }
        return input
    }

    /// Of each class, whether LabelMix takes it from the real images: the same for all of the batch.
    func labelMixBits(classes: Int) -> [Bool] { inputs.labelMixBits(classes: classes, step: step, stream: stream) }

    /// N(0, 1) of the shape of this generator's images.
    public func imageNoise(_ generator: any Generator) -> Tensor {
        inputs.imageNoise(generator, step: step, stream: stream, samples: samples)
    }

    /// Uniform in 0 … 1 for each sample, [N, 1, 1, 1].
    public func interpolation() -> Tensor { inputs.interpolation(step: step, stream: stream, samples: samples) }

    /// Draws an augmentation for these samples; nil where there is none.
    func view(_ augmentation: (any Augmentation)?, of shown: Shown) -> (any DrawnAugmentation)? {
        augmentation?.drawn(inputs.augmentation(of: shown, step: step, stream: stream, samples: samples))
    }

    /// Of all that the discriminator sees in its main phase.
    ///
    /// - Parameter mixes: whether it sees images between reals and fakes.
    func views(_ augmentation: (any Augmentation)?, mixes: Bool) -> Views {
        Views(
            ofReals: view(augmentation, of: .reals), ofFakes: view(augmentation, of: .fakes),
            ofMixes: mixes ? view(augmentation, of: .mixes) : nil)
    }

    /// Real images, and what is known of them.
    public var real: RealSamples {
        guard let images else { preconditionFailure("phase \(phase): sees no real images") }
        return RealSamples(images: images, labels: labels, maps: maps, condition: condition)
    }
}
