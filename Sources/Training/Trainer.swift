import Cluster
import Configuration
import Models
import Reporting
import Storage

/// One rank's share of a step's real images, microbatch by microbatch.
public struct RealBatch {
    /// [microbatch, H, W, C] in [-1, 1]
    public var images: [Tensor]
    /// One-hot [microbatch, classes], or nil.
    public var labels: [Tensor]?

    public init(_ minibatch: Minibatch, microbatch: Int, labelDim: Int) {
        let size = minibatch.height * minibatch.width * minibatch.channels * microbatch
        let starts = stride(from: 0, to: minibatch.count, by: microbatch)
        images = starts.map { start in
            ImageConversion.tensor(
                minibatch.images[start / microbatch * size..<(start / microbatch + 1) * size],
                shape: [microbatch, minibatch.height, minibatch.width, minibatch.channels])
        }
        labels = minibatch.labels.flatMap { all in
            labelDim == 0
                ? nil : starts.map { .oneHot(Array(all[$0..<$0 + microbatch]), classes: labelDim) }
        }
    }

    public init(images: [Tensor], labels: [Tensor]? = nil) {
        self.images = images
        self.labels = labels
    }
}

/// What a step did.
public struct StepReport: Sendable {
    /// By phase: means over the global batch.
    public var measurements: [Phase: Measurements] = [:]
    /// By phase: norm of the mean gradient before clean-up.
    public var gradientNorms: [Phase: Double] = [:]
    /// By phase: seconds of computation, without those of the optimiser and of communication.
    public var seconds: [Phase: Double] = [:]
    public var optimizerSeconds = 0.0
    /// Of the moving average, once a step.
    public var averageSeconds = 0.0
    public var communicationSeconds = 0.0

    public init() {}
}

/// The state of a run on one rank, and how a step changes it.
///
/// The global batch is a fixed list of microbatches, dealt to the ranks in contiguous runs; whatever crosses samples
/// is summed along one fixed tree, so a step has the same bits on 1, 2, 4, … ranks.
public final class Trainer {
    public let configuration: ResolvedConfiguration
    public let networks: Networks
    public let optimizerG: Adam
    public let optimizerD: Adam
    public let schedule: PhaseSchedule
    /// Steps taken.
    public internal(set) var step = 0
    /// Real images shown.
    public internal(set) var imagesShown = 0
    /// Tracked mean of the path length.
    public package(set) var pathMean: Float = 0

    private let communicator: any Communicator
    private let objectives: Objectives
    private let inputs: PhaseInputs
    private let average: MovingAverage
    private let treeG: GradientTree
    private let treeD: GradientTree

    /// - Parameter datasetLabels: from which the labels of fakes are drawn; nil for an unconditional run.
    public init(_ configuration: ResolvedConfiguration, datasetLabels: [Int32]?, communicator: any Communicator) {
        self.configuration = configuration
        self.communicator = communicator
        networks = Networks(configuration)
        schedule = PhaseSchedule(configuration)
        objectives = Objectives(networks, ObjectiveSettings(configuration))
        inputs = PhaseInputs(
            randomizer: Randomizer(seed: configuration.seed), generator: networks.generator,
            styleMixing: Float(configuration.loss.styleMixing),
            datasetLabels: configuration.labelDimension > 0 ? datasetLabels : nil)
        average = MovingAverage(
            halfLifeImages: configuration.emaHalfLifeImages, ramp: configuration.ema.ramp)
        let optimizer = configuration.optimizer
        func adam(_ rate: Double, _ interval: Int, _ parameters: Parameters) -> Adam {
            let settings = Adam.Settings(
                learningRate: rate, beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon)
            return Adam(settings.lazy(interval: interval), count: parameters.values.count)
        }
        // As in the reference, the correction stands even where a regularisation's weight is 0.
        optimizerG = adam(optimizer.gLR, configuration.loss.plInterval, networks.g)
        optimizerD = adam(optimizer.dLR, configuration.loss.r1Interval, networks.d)
        let tail = Measurements.count(wDim: networks.generator.shape.wDim)
        treeG = GradientTree(networks.g, tail: tail, communicator)
        treeD = GradientTree(networks.d, tail: tail, communicator)
        networks.initialize(seed: configuration.seed)
    }

    /// Positions in the run's order of samples that this rank shows in the step that starts after `imagesShown`.
    public func positions(imagesShown: Int) -> [Int] {
        let first = imagesShown + firstMicrobatch * configuration.microbatch
        return Array(first..<first + configuration.batchPerRank)
    }

    /// One step: Gmain, Greg, Dmain, Dreg as the plan has them, then the moving average.
    public func run(phases: [Phase], real: RealBatch) throws -> StepReport {
        precondition(
            real.images.count == configuration.microbatchesPerRank,
            "step: \(real.images.count) microbatches, expected \(configuration.microbatchesPerRank)")
        var report = StepReport()
        for phase in phases { try run(phase, real, &report) }
        StepPart.average.begin()
        let watch = Stopwatch()
        average.update(networks.average, from: networks.g, imagesShown: imagesShown, batch: configuration.batch)
        report.averageSeconds = watch.seconds
        OperationProfile.enter(nil)
        imagesShown += configuration.batch
        step += 1
        return report
    }

    private var firstMicrobatch: Int { communicator.rank * configuration.microbatchesPerRank }

    private func run(_ phase: Phase, _ real: RealBatch, _ report: inout StepReport) throws {
        StepPart(phase).begin()
        let watch = Stopwatch()
        let isGenerator = phase == .generatorMain || phase == .generatorRegularization
        let tree = isGenerator ? treeG : treeD
        let wDim = networks.generator.shape.wDim
        tree.reset()
        for k in 0..<configuration.microbatchesPerRank {
            if let result = evaluate(phase, real, k) {
                tree.add(result.gradients, tail: result.measurements.flattened(wDim: wDim))
            } else {
                tree.addNothing()
            }
        }
        let computed = watch.seconds
        StepPart.update.begin()
        try tree.sum()
        let summed = watch.seconds
        let units = self.units(of: phase)
        let scale = 1 / Float(units)
        report.gradientNorms[phase] = OptimizerKernels.norm(tree.gradient) * Double(scale)
        let optimizer = isGenerator ? optimizerG : optimizerD
        optimizer.step(isGenerator ? networks.g : networks.d, gradients: tree.gradient, gradientScale: scale)
        let measurements = Measurements(
            sum: tree.tail, microbatches: units, hasWMean: phase != .discriminatorRegularization)
        if let mean = measurements.wMean { WAverage.update(networks.g, batchMean: mean) }
        // One overflow must not make the mean, and every gradient after it, not a number for good.
        if phase == .generatorRegularization, measurements[.pathLength].isFinite {
            pathMean += Float(configuration.loss.plDecay) * (measurements[.pathLength] - pathMean)
        }
        report.measurements[phase] = measurements
        report.seconds[phase] = computed
        report.communicationSeconds += summed - computed
        report.optimizerSeconds += watch.seconds - summed
    }

    private func evaluate(_ phase: Phase, _ real: RealBatch, _ k: Int) -> PhaseResult? {
        let size = configuration.microbatch
        let first = (firstMicrobatch + k) * size
        let images = real.images[k]
        let labels = real.labels?[k]
        switch phase {
        case .generatorMain:
            return objectives.generatorMain(
                inputs.generatorInput(step: step, phase: phase, samples: first..<first + size))
        case .generatorRegularization:
            guard (firstMicrobatch + k) % pathLengthStride == 0 else { return nil }
            let samples = first..<first + configuration.pathLengthMicrobatch
            return objectives.generatorRegularization(
                inputs.generatorInput(step: step, phase: phase, samples: samples),
                imageNoise: inputs.imageNoise(step: step, samples: samples), pathMean: pathMean,
                interval: schedule.pathLengthInterval ?? 1)
        case .discriminatorMain:
            return objectives.discriminatorMain(
                inputs.generatorInput(step: step, phase: phase, samples: first..<first + size), real: images,
                realLabels: labels)
        case .discriminatorRegularization:
            return objectives.discriminatorRegularization(
                real: images, realLabels: labels, interval: schedule.r1Interval ?? 1)
        }
    }

    /// The path length phase uses a part of every microbatch; where a microbatch is too small for that, every n-th one.
    private var pathLengthStride: Int {
        max(1, configuration.loss.plBatchShrink / configuration.microbatch)
    }

    /// Microbatches that a phase's mean is over.
    private func units(of phase: Phase) -> Int {
        phase == .generatorRegularization
            ? (configuration.microbatches + pathLengthStride - 1) / pathLengthStride : configuration.microbatches
    }
}

extension ObjectiveSettings {
    init(_ configuration: ResolvedConfiguration) {
        self.init(
            ggdrWeight: Float(configuration.ggdr.weight), r1Gamma: Float(configuration.r1Gamma),
            pathLengthWeight: Float(configuration.loss.plWeight),
            pathLengthDecay: Float(configuration.loss.plDecay))
    }
}
