import Cluster
import Configuration
import Kernels
import Layers
import Learning
import Models
import Recipes
import Reporting
import State

/// Interprets the phases of a recipe: the state of a run on one rank, and how a step changes it.
///
/// The global batch is a fixed list of microbatches, dealt to the ranks in contiguous runs; whatever crosses samples
/// is summed along one fixed tree, so a step has the same bits on 1, 2, 4, … ranks. A phase goes through these stages:
/// forward and backward by microbatch, sums over the ranks, update, what is tracked. While sums travel, the ranks compute
/// what they can of later phases: openings of their losses, which read a network that does not change meanwhile. That
/// changes when things are computed, and not what.
public final class StepEngine {
    public let configuration: ResolvedConfiguration
    public let recipe: any Recipe
    public let state: TrainingState
    /// Which phases a step has.
    public let schedule: PhaseSchedule
    /// What keeps ∞ and NaN out of all this.
    public internal(set) var numbers: NumberGuard

    let inputs: any StepInputs
    let communicator: any Communicator
    let deal: BatchDeal
    private let queue: SumQueue
    private let generator: LearningNetwork
    private let discriminator: LearningNetwork
    /// Of the present step, or of the last one; its phases at that setting.
    private(set) var setting: StepSetting
    public private(set) var phases: [Phase]
    /// The phase whose sums are on their way, and the step's report so far.
    private var unsettled: (phase: Phase?, report: StepReport)?
    /// Steps taken and images shown before the step that is, or was last, under way.
    private(set) var underWay = (step: 0, imagesShown: 0)
    private var ahead = WorkAhead()
    /// Of the present step, where a phase of it has asked.
    private var batchSums: BatchSums?

    /// - Parameter conditions: from which those of fakes are drawn; nil for an unconditional run.
    public convenience init(
        _ configuration: ResolvedConfiguration, conditions: DatasetConditions?, communicator: any Communicator
    ) {
        self.init(
            Recipes.make(configuration), configuration, communicator: communicator,
            inputs: PhaseInputs(
                randomizer: Randomizer(seed: configuration.seed), styleMixing: Float(configuration.loss.styleMixing),
                conditions: configuration.labelDimension > 0 ? conditions : nil,
                dropout: configuration.data.conditionDropout))
    }

    /// - Parameter datasetLabels: from which the labels of fakes are drawn; nil for an unconditional run.
    public convenience init(
        _ configuration: ResolvedConfiguration, datasetLabels: [Int32]?, communicator: any Communicator
    ) {
        self.init(
            configuration, conditions: datasetLabels.map { .classes($0) }, communicator: communicator)
    }

    /// - Parameter inputs: what the phases are fed.
    package init(
        _ recipe: any Recipe, _ configuration: ResolvedConfiguration, communicator: any Communicator,
        inputs: any StepInputs
    ) {
        self.configuration = configuration
        self.recipe = recipe
        self.communicator = communicator
        self.inputs = inputs
        setting = configuration.grown
        phases = recipe.phases(at: setting)
        schedule = PhaseSchedule(phases)
        deal = BatchDeal(rank: communicator.rank, ranks: communicator.size, schedule: schedule)
        numbers = NumberGuard(configuration.guards, streams: schedule.streams)
        queue = SumQueue(
            communicator, compression: configuration.cluster.compress.gradientSum,
            overlaps: configuration.cluster.overlap)
        generator = LearningNetwork(.generator, recipe, configuration, setting, phases, queue)
        discriminator = LearningNetwork(.discriminator, recipe, configuration, setting, phases, queue)
        state = TrainingState(
            networks: recipe.networks.groups, others: generator.moments + discriminator.moments + recipe.tracked)
        recipe.networks.initialize(seed: configuration.seed)
    }

    public var networks: Networks { recipe.networks }

    /// Gradients of the last phase of each network, between two steps: sums over the batch, `scale` times which are those
    /// of its mean.
    var lastGradients: [(phase: PhaseKey, selection: ParameterSelection, gradient: BufferView, scale: Float)] {
        [generator, discriminator].compactMap { network in
            network.last.map { ($0.phase, network.tree.selection, network.tree.gradient, $0.scale) }
        }
    }

    /// A whole step: the phases, then the moving average.
    ///
    /// - Parameter setting: that of the fully grown networks without it.
    /// - Throws: ``NotFinite`` where something is not finite that the configuration does not let go.
    public func run(phases: [PhaseKey], at setting: StepSetting? = nil, real: RealBatch) throws -> StepReport {
        try start(phases: phases, at: setting, real: real)
        guard let report = try settle() else { preconditionFailure("a step without a report") }
        if let fault = numbers.fault { throw fault }
        return report
    }

    /// A step but for its last phase's sums, which may still be on their way, and what follows from them: `settle`
    /// completes it.
    public func start(phases keys: [PhaseKey], at setting: StepSetting? = nil, real: RealBatch) throws {
        precondition(unsettled == nil, "step: the one before it is not settled")
        enter(scheduled(setting))
        precondition(
            real.images.count == deal.microbatches(stage) * schedule.realBatches,
            "step: \(real.images.count) microbatches, expected \(deal.microbatches(stage) * schedule.realBatches)")
        unsettled = (nil, StepReport())
        batchSums = nil
        unsettled?.report.add(real.balancing)
        underWay = (state.counters.step, state.counters.imagesShown)
        let phases = keys.map { key in
            guard let phase = self.phases.first(where: { $0.key == key }) else {
                preconditionFailure("step: the recipe has no phase \(key)")
            }
            return phase
        }
        for (i, phase) in phases.enumerated() {
            try settlePhase()
            try compute(phase, real)
            lookAhead(among: phases[(i + 1)...], real, stage)
        }
        state.counters.imagesShown += deal.images(stage)
        state.counters.step += 1
    }

    /// Waits for what `start` left on its way, and completes the step.
    ///
    /// - Returns: the step's report; nil when there is nothing to complete.
    public func settle() throws -> StepReport? {
        guard unsettled != nil else { return nil }
        try settlePhase()
        StepPart.average(schedule).begin()
        let watch = Stopwatch()
        if numbers.fault == nil { updateAverage() }
        OperationProfile.enter(nil)
        defer { unsettled = nil }
        unsettled?.report.averageSeconds = watch.seconds
        return unsettled?.report
    }

    /// Computes, while sums travel, what can be computed of the step that comes.
    public func lookAhead(to setting: StepSetting? = nil) {
        guard communicator.size > 1, unsettled?.phase != nil else { return }
        let setting = scheduled(setting)
        let coming = setting == self.setting ? phases : recipe.phases(at: setting)
        let keys = schedule.phases(ofStep: state.counters.step)
        // Its real images may not have been read yet.
        lookAhead(among: coming.filter { keys.contains($0.key) }.prefix { $0.reals == nil }, nil, setting.stage)
    }

    /// With what schedules make of it in the step that comes.
    private func scheduled(_ setting: StepSetting?) -> StepSetting {
        var setting = setting ?? configuration.grown
        setting.stage = configuration.scheduled(setting.stage, imagesShown: state.counters.imagesShown)
        return setting
    }

    /// Numbers that reports have beside each tick: what the method tracks, and where schedules are in the present step.
    var trackedNumbers: [(name: String, value: Double)] {
        recipe.trackedNumbers.map { ($0.name, Double($0.value)) } + configuration.scheduledNumbers(stage)
    }

    // MARK: Stages of a phase

    /// Takes on what the step that comes needs: layers, sizes, rates.
    private func enter(_ setting: StepSetting) {
        if setting != self.setting { phases = recipe.phases(at: setting) }
        let layersStay = setting.level.hasSameLayers(as: self.setting.level)
        for network in [generator, discriminator] {
            if !layersStay { network.select(recipe, setting, phases) }
            network.optimizer.settings = recipe.optimizer(of: network.learner, at: setting.stage)
            network.optimizer.settings.learningRate *= configuration.rateFactor(
                of: setting.stage, imagesShown: state.counters.imagesShown)
            if setting.resetsMoments {
                network.optimizer.reset()
                state.counters[keyPath: network.steps] = 0
            }
        }
        self.setting = setting
        guard configuration.growing.enabled else { return }
        state.counters.level = setting.level
        state.counters.growth = state.counters.growth ?? GrowthProgress()
    }

    /// Forward and backward: a phase's gradients on this rank. Their sums over all are on their way afterwards.
    private func compute(_ phase: Phase, _ real: RealBatch) throws {
        StepPart.phase(phase.key, schedule).begin()
        let watch = Stopwatch()
        var waited = 0.0
        let (parameters, tree) = (network(of: phase).parameters, network(of: phase).tree)
        parameters.advance(tree.selection)
        tree.reset()
        switch phase.loss {
        case .each(let loss):
            for k in 0..<deal.microbatches(stage) {
                let isLast = k == deal.microbatches(stage) - 1
                guard deal.takes(k, phase, stage) else {
                    tree.addNothing(isLast: isLast)
                    continue
                }
                let rest = (k == 0 ? ahead.takeOpening(of: phase.key) : nil) ?? loss(microbatch(k, phase, real, stage))
                let result = rest()
                tree.add(
                    result, tail: result.measurements.flattened(phase.measures, of: phase.key), isLast: isLast)
            }
        case .together(let losses):
            let sums = sumsOfStep()
            let results = losses(microbatches(phase, real, sums))
            try tree.add(
                together: results, tails: results.map { $0.measurements.flattened(phase.measures, of: phase.key) }
            ) { try sums.check() }
            waited = note(sums)
        case .openedTogether(let loss):
            let sums = sumsOfStep()
            let rests = loss(microbatches(phase, real, sums))
            try sums.check()
            for (k, rest) in rests.enumerated() {
                let result = rest()
                let tail = result.measurements.flattened(phase.measures, of: phase.key)
                tree.add(result, tail: tail, isLast: k == rests.count - 1)
            }
            waited = note(sums)
        }
        unsettled?.report.seconds[phase.key] = watch.seconds - waited + ahead.takeSeconds(of: phase.key)
        unsettled?.phase = phase
    }

    /// One for all phases of a step: a later phase may go back through what an earlier one has made.
    private func sumsOfStep() -> BatchSums {
        let sums = batchSums ?? BatchSums(communicator, microbatches: stage.microbatches)
        batchSums = sums
        return sums
    }

    /// All of this rank's, for a phase that takes them together.
    private func microbatches(_ phase: Phase, _ real: RealBatch, _ sums: BatchSums) -> [PhaseMicrobatch] {
        precondition(phase.microbatchStride == 1, "phase \(phase.key): together it takes every microbatch")
        return (0..<deal.microbatches(stage)).map { k in
            var microbatch = microbatch(k, phase, real, stage)
            microbatch.batch = sums
            return microbatch
        }
    }

    /// Waiting for other ranks in the middle of a phase is nobody's work.
    private func note(_ sums: BatchSums) -> Double {
        let cost = sums.takeCost()
        unsettled?.report.add(cost)
        return cost.seconds
    }

    /// Waits for a phase's sums; the update, and what is tracked of the phase.
    private func settlePhase() throws {
        guard var report = unsettled?.report, let phase = unsettled?.phase else { return }
        StepPart.update(schedule).begin()
        let network = network(of: phase)
        report.communication += try network.tree.wait()
        let watch = Stopwatch()
        network.parameters.applyAdjoints(to: network.tree.gradient, network.tree.selection)
        let units = deal.units(phase, stage)
        let scale = 1 / Float(units)
        let means = Measurements(sum: network.tree.tail, phase.measures, microbatches: units)
        let norm = OptimizerKernels.norm(network.tree.gradient) * Double(scale)
        report.add(phase, means, norm: norm)
        network.last = (phase.key, scale)
        // Once a run is to end, its state is nobody's.
        if numbers.fault == nil {
            if let found = notFinite(phase, means, norm: norm, network, gradientScale: scale) {
                if numbers.leaveOut(phase, found, &state.counters) { report.leftOut.append(found) }
            } else {
                update(phase, means, network, gradientScale: scale)
            }
        }
        report.optimizerSeconds += watch.seconds
        unsettled = (nil, report)
        OperationProfile.enter(nil)
    }

    // MARK: Work ahead

    /// Computes, while the sums of the phase before travel, the opening of the first coming phase that can be.
    private func lookAhead(among coming: some Sequence<Phase>, _ real: RealBatch?, _ stage: TrainingStage) {
        guard communicator.size > 1, let travelling = unsettled?.phase,
            let phase = WorkAhead.next(among: coming, while: travelling.learner), !ahead.has(phase.key),
            case .each(let loss) = phase.loss, deal.takes(0, phase, stage),
            // What moves on with its phase is not there before.
            !networks.parameters(of: phase.learner).advances
        else { return }
        StepPart.phase(phase.key, schedule).begin()
        let watch = Stopwatch()
        ahead.add(loss(microbatch(0, phase, real, stage)), of: phase.key, seconds: watch.seconds)
        OperationProfile.enter(nil)
    }

    /// What a phase sees of this rank's microbatch `k`.
    private func microbatch(_ k: Int, _ phase: Phase, _ real: RealBatch?, _ stage: TrainingStage) -> PhaseMicrobatch {
        let place = deal.place(k, phase, stage)
        return PhaseMicrobatch(
            step: state.counters.step, phase: phase.key, stream: phase.stream, samples: deal.samples(k, phase, stage),
            images: place.flatMap { real?.images[$0] }, labels: place.flatMap { real?.labels?[$0] },
            maps: phase.readsMaps ? place.flatMap { real?.maps?[$0] }.map { maps in { maps.tensor } } : nil,
            condition: place.flatMap { real?.conditions?[$0] }, inputs: inputs)
    }

    /// Positions in the run's order of samples that this rank shows in a step.
    public func positions(of step: ReadRequest) -> [Int] { deal.positions(of: step) }

    var stage: TrainingStage { setting.stage }

    private func network(of phase: Phase) -> LearningNetwork {
        switch phase.learner {
        case .generator: generator
        case .discriminator: discriminator
        }
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
