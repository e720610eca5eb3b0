import Cluster
import Configuration
import Kernels
import Layers
import Models
import Reporting

/// The state of a run on one rank, and how a step changes it.
///
/// The global batch is a fixed list of microbatches, dealt to the ranks in contiguous runs; whatever crosses samples
/// is summed along one fixed tree, so a step has the same bits on 1, 2, 4, … ranks.
public final class Trainer {
    public let configuration: ResolvedConfiguration
    public let networks: Networks
    /// Of the generator.
    public let optimizerG: Adam
    /// Of the discriminator and its decoder.
    public let optimizerD: Adam
    /// Which phases a step has.
    public let schedule: PhaseSchedule
    /// Steps taken.
    public internal(set) var step = 0
    /// Real images shown.
    public internal(set) var imagesShown = 0
    /// Tracked mean of the path length.
    public package(set) var pathMean: Float = 0
    /// At which the last step trained; nil before the first.
    public internal(set) var level: GrowthLevel?
    /// What rank 0 has decided about growing.
    var growth = GrowthProgress()
    /// What keeps ∞ and NaN out of all this.
    public internal(set) var numbers: NumberGuard

    private let communicator: any Communicator
    let inputs: any StepInputs
    private let queue: SumQueue
    /// Those of the present step, and what sums its gradients.
    private(set) var setting: StepSetting
    private(set) var objectives: Objectives
    private var treeG: GradientTree
    private var treeD: GradientTree
    /// The phase whose sums are on their way, and its report.
    private var unsettled: (phase: Phase?, report: StepReport)?
    /// Steps taken and images shown before the step that is, or was last, under way.
    private var underWay = (step: 0, imagesShown: 0)
    /// What was computed while sums were on their way, for phases that come.
    private var ahead = WorkAhead()

    /// - Parameter datasetLabels: from which the labels of fakes are drawn; nil for an unconditional run.
    public convenience init(
        _ configuration: ResolvedConfiguration, datasetLabels: [Int32]?, communicator: any Communicator
    ) {
        self.init(configuration, communicator: communicator) { generator in
            PhaseInputs(
                randomizer: Randomizer(seed: configuration.seed), generator: generator,
                styleMixing: Float(configuration.loss.styleMixing),
                datasetLabels: configuration.labelDimension > 0 ? datasetLabels : nil)
        }
    }

    /// - Parameter inputs: for a generator.
    package init(
        _ configuration: ResolvedConfiguration, communicator: any Communicator,
        inputs: (any Generator) -> any StepInputs
    ) {
        self.configuration = configuration
        self.communicator = communicator
        networks = Networks(configuration)
        schedule = PhaseSchedule(configuration)
        numbers = NumberGuard(configuration.guards)
        self.inputs = inputs(networks.generator)
        setting = configuration.grown
        objectives = Objectives(networks, ObjectiveSettings(configuration, setting.stage), at: setting.level)
        optimizerG = Adam(configuration.generatorSettings(setting.stage), count: networks.g.values.count)
        optimizerD = Adam(configuration.discriminatorSettings(setting.stage), count: networks.d.values.count)
        queue = SumQueue(
            communicator, compression: configuration.cluster.compress.gradientSum,
            overlaps: configuration.cluster.overlap)
        (treeG, treeD) = Self.trees(objectives, configuration, queue)
        networks.initialize(seed: configuration.seed)
    }

    private static func trees(
        _ objectives: Objectives, _ configuration: ResolvedConfiguration, _ queue: SumQueue
    ) -> (GradientTree, GradientTree) {
        let wDim = objectives.networks.generator.wDim
        let tail = Measurements.count(wDim: wDim)
        let bucketBytes = Int(configuration.cluster.bucketMB * 1e6)
        // Everything else of a generator with styles hangs on the mapping network's result.
        return (
            GradientTree(
                objectives.selectionG, tail: tail, bucketBytes: bucketBytes, last: wDim > 0 ? "mapping." : nil, queue),
            GradientTree(objectives.selectionD, tail: tail, bucketBytes: bucketBytes, queue)
        )
    }

    /// Positions in the run's order of samples that this rank shows in a step.
    public func positions(of step: ReadRequest) -> [Int] {
        let first = step.imagesShown + firstMicrobatch(step.stage) * step.stage.microbatch
        return Array(first..<first + step.stage.batch / communicator.size)
    }

    /// Takes on what the step that comes needs: layers, sizes, rates.
    private func enter(_ setting: StepSetting) {
        let layersStay = setting.level.hasSameLayers(as: self.setting.level)
        objectives = objectives.at(setting.level)
        objectives.settings = ObjectiveSettings(configuration, setting.stage)
        if !layersStay { (treeG, treeD) = Self.trees(objectives, configuration, queue) }
        optimizerG.settings = configuration.generatorSettings(setting.stage)
        optimizerD.settings = configuration.discriminatorSettings(setting.stage)
        if setting.resetsMoments {
            optimizerG.reset()
            optimizerD.reset()
        }
        self.setting = setting
        level = setting.level
    }

    /// One step: Gmain, Greg, Dmain, Dreg as the plan has them, then the moving average.
    ///
    /// - Parameter setting: that of the fully grown networks without it.
    /// - Throws: ``NotFinite`` where something is not finite that the configuration does not let go.
    public func run(phases: [Phase], at setting: StepSetting? = nil, real: RealBatch) throws -> StepReport {
        try start(phases: phases, at: setting, real: real)
        guard let report = try settle() else { preconditionFailure("a step without a report") }
        if let fault = numbers.fault { throw fault }
        return report
    }

    /// A step but for its last phase's sums, which may still be on their way, and what follows from them: `settle`
    /// completes it.
    ///
    /// While a phase's sums travel, the ranks compute what they can of later phases: what reads the other network only.
    /// That changes when things are computed, and not what.
    public func start(phases: [Phase], at setting: StepSetting? = nil, real: RealBatch) throws {
        precondition(unsettled == nil, "step: the one before it is not settled")
        enter(setting ?? configuration.grown)
        precondition(
            real.images.count == microbatchesPerRank,
            "step: \(real.images.count) microbatches, expected \(microbatchesPerRank)")
        unsettled = (nil, StepReport())
        underWay = (step, imagesShown)
        for (i, phase) in phases.enumerated() {
            try settlePhase()
            compute(phase, real)
            if phase.isGenerators, phases[i...].contains(.discriminatorMain) { lookAtReals(real) }
        }
        imagesShown += stage.batch
        step += 1
    }

    /// Waits for what `start` left on its way, and completes the step.
    ///
    /// - Returns: the step's report; nil when there is nothing to complete.
    public func settle() throws -> StepReport? {
        guard unsettled != nil else { return nil }
        try settlePhase()
        StepPart.average.begin()
        let watch = Stopwatch()
        if numbers.fault == nil { updateAverage() }
        OperationProfile.enter(nil)
        defer { unsettled = nil }
        unsettled?.report.averageSeconds = watch.seconds
        return unsettled?.report
    }

    /// Computes, while sums of the discriminator travel, the first part of the step that comes.
    public func lookAhead(to setting: StepSetting? = nil) {
        guard communicator.size > 1, ahead.fakes == nil, unsettled?.phase?.isGenerators == false else { return }
        StepPart(.generatorMain).begin()
        let watch = Stopwatch()
        let setting = setting ?? configuration.grown
        let input = inputs.generatorInput(
            step: step, phase: .generatorMain, samples: samples(ofMicrobatch: 0, setting.stage), at: setting.level)
        ahead.fakes = objectives.at(setting.level).fakes(input)
        ahead.seconds[.generatorMain, default: 0] += watch.seconds
        OperationProfile.enter(nil)
    }

    /// Computes, while sums of the generator travel, the part of the discriminator's phase that reads no fakes.
    private func lookAtReals(_ real: RealBatch) {
        guard communicator.size > 1, ahead.onReal == nil else { return }
        StepPart(.discriminatorMain).begin()
        let watch = Stopwatch()
        ahead.onReal = objectives.discriminatorOnReal(real.images[0], labels: real.labels?[0])
        ahead.seconds[.discriminatorMain, default: 0] += watch.seconds
    }

    private var stage: TrainingStage { setting.stage }
    private var microbatchesPerRank: Int { stage.microbatches / communicator.size }

    private func firstMicrobatch(_ stage: TrainingStage) -> Int {
        communicator.rank * (stage.microbatches / communicator.size)
    }

    private func samples(ofMicrobatch k: Int, _ stage: TrainingStage) -> Range<Int> {
        let first = (firstMicrobatch(stage) + k) * stage.microbatch
        return first..<first + stage.microbatch
    }

    private func tree(of phase: Phase) -> GradientTree { phase.isGenerators ? treeG : treeD }

    /// A phase's gradients on this rank; their sums over all are on their way afterwards.
    private func compute(_ phase: Phase, _ real: RealBatch) {
        StepPart(phase).begin()
        let watch = Stopwatch()
        let tree = tree(of: phase)
        let wDim = networks.generator.wDim
        tree.reset()
        for k in 0..<microbatchesPerRank {
            let isLast = k == microbatchesPerRank - 1
            if let loss = evaluate(phase, real, k) {
                tree.add(loss, tail: loss.measurements.flattened(wDim: wDim), isLast: isLast)
            } else {
                tree.addNothing(isLast: isLast)
            }
        }
        unsettled?.report.seconds[phase] = watch.seconds + (ahead.seconds.removeValue(forKey: phase) ?? 0)
        unsettled?.phase = phase
    }

    /// Waits for a phase's sums and takes the optimiser's step.
    private func settlePhase() throws {
        guard var report = unsettled?.report, let phase = unsettled?.phase else { return }
        StepPart.update.begin()
        let tree = tree(of: phase)
        report.communication += try tree.wait()
        let watch = Stopwatch()
        let units = self.units(of: phase)
        let scale = 1 / Float(units)
        let measurements = Measurements(
            sum: tree.tail, microbatches: units, hasWMean: phase != .discriminatorRegularization)
        report.measurements[phase] = measurements
        let norm = OptimizerKernels.norm(tree.gradient) * Double(scale)
        report.gradientNorms[phase] = norm
        // Once a run is to end, its state is nobody's.
        if numbers.fault == nil {
            if let found = notFinite(phase, measurements, norm: norm, tree, gradientScale: scale) {
                if numbers.leaveOut(phase, found) { report.leftOut.append(found) }
            } else {
                update(phase, measurements, tree, gradientScale: scale)
            }
        }
        report.optimizerSeconds += watch.seconds
        unsettled = (nil, report)
        OperationProfile.enter(nil)
    }

    /// What forbids a phase's update. Adam would take a gradient that is not finite for 0 or ±10⁵, and go on.
    private func notFinite(
        _ phase: Phase, _ measurements: Measurements, norm: Double, _ tree: GradientTree, gradientScale: Float
    ) -> NotFinite? {
        if let text = NotFiniteSearch.text(phase, measurements, norm: norm, tree) { return notFinite(phase, text) }
        guard numbers.looksAhead else { return nil }
        let (parameters, optimizer) = learner(phase)
        return optimizer.firstNotFinite(
            afterStepOf: parameters, gradients: tree.gradient, gradientScale: gradientScale, tree.selection
        ).map { notFinite(phase, "the update of \(NotFiniteSearch.group(phase))/\($0), or of its moments") }
    }

    /// The optimiser's step, and what is tracked of the phase.
    private func update(_ phase: Phase, _ measurements: Measurements, _ tree: GradientTree, gradientScale: Float) {
        let (parameters, optimizer) = learner(phase)
        if !optimizer.step(parameters, gradients: tree.gradient, gradientScale: gradientScale, tree.selection) {
            numbers.stop(notFinite(phase, NotFiniteSearch.text(phase, parameters, optimizer)))
        }
        if let mean = measurements.wMean, !WAverage.update(networks.g, batchMean: mean) {
            numbers.stop(notFinite(phase, NotFiniteSearch.text(group: "generator", networks.g)))
        }
        if phase == .generatorRegularization {
            pathMean += Float(configuration.loss.plDecay) * (measurements[.pathLength] - pathMean)
            if !pathMean.isFinite { numbers.stop(notFinite(phase, "state/pl_mean")) }
        }
        numbers.took(phase)
    }

    private func updateAverage() {
        guard configuration.ema.enabled else { return networks.average.copy(from: networks.g) }
        let isFinite = MovingAverage(configuration, stage).update(
            networks.average, from: networks.g, imagesShown: imagesShown - stage.batch, batch: stage.batch)
        if !isFinite { numbers.stop(notFinite(nil, NotFiniteSearch.text(group: "ema", networks.average))) }
    }

    func notFinite(_ phase: Phase?, _ found: String) -> NotFinite {
        NotFinite(phase: phase, step: underWay.step, imagesShown: underWay.imagesShown, found: found)
    }

    private func learner(_ phase: Phase) -> (Parameters, Adam) {
        phase.isGenerators ? (networks.g, optimizerG) : (networks.d, optimizerD)
    }

    private func evaluate(_ phase: Phase, _ real: RealBatch, _ k: Int) -> PhaseLoss? {
        let images = real.images[k]
        let labels = real.labels?[k]
        func input() -> GeneratorInput {
            inputs.generatorInput(
                step: step, phase: phase, samples: samples(ofMicrobatch: k, stage), at: setting.level)
        }
        switch phase {
        case .generatorMain:
            let fakes = k == 0 ? ahead.fakes.take() : nil
            return objectives.generatorMain(fakes ?? objectives.fakes(input()))
        case .generatorRegularization:
            guard (firstMicrobatch(stage) + k) % pathLengthStride == 0 else { return nil }
            let first = samples(ofMicrobatch: k, stage).lowerBound
            let samples = first..<first + configuration.pathLengthMicrobatch(of: stage.microbatch)
            return objectives.generatorRegularization(
                inputs.generatorInput(step: step, phase: phase, samples: samples, at: setting.level),
                imageNoise: inputs.imageNoise(step: step, samples: samples, at: setting.level), pathMean: pathMean,
                interval: schedule.pathLengthInterval ?? 1)
        case .discriminatorMain:
            let onReal = k == 0 ? ahead.onReal.take() : nil
            return objectives.discriminatorMain(
                input(), real: images, onReal: onReal ?? objectives.discriminatorOnReal(images, labels: labels),
                mix: inputs.interpolation(step: step, samples: samples(ofMicrobatch: k, stage)))
        case .discriminatorRegularization:
            return objectives.discriminatorRegularization(
                real: images, realLabels: labels, interval: schedule.r1Interval ?? 1)
        }
    }

    /// The path length phase uses a part of every microbatch; where a microbatch is too small for that, every n-th one.
    private var pathLengthStride: Int {
        max(1, configuration.loss.plBatchShrink / stage.microbatch)
    }

    /// Microbatches that a phase's mean is over.
    private func units(of phase: Phase) -> Int {
        phase == .generatorRegularization
            ? (stage.microbatches + pathLengthStride - 1) / pathLengthStride : stage.microbatches
    }
}

extension CompressionChoice {
    var gradientSum: GradientSum.Compression {
        switch self {
        case .none: .none
        case .bf16: .bf16
        }
    }
}

/// Parts of coming phases for a rank's first microbatch.
private struct WorkAhead {
    /// Of the coming step's main phase of the generator.
    var fakes: Fakes?
    /// Of this step's main phase of the discriminator.
    var onReal: PhaseResult?
    var seconds: [Phase: Double] = [:]
}
