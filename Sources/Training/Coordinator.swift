import Configuration
import Evaluation
import Models
import Recipes
import State

/// Rank 0's decisions: a pure function of the configuration, the counters, what it decided before, the signals, and, for
/// checkpoints, the clock.
public struct Coordinator: Sendable {
    private let configuration: ResolvedConfiguration
    private let schedule: PhaseSchedule
    private let growth: GrowthSchedule
    /// Images between two lines of progress.
    static let imagesPerTick = 1000
    /// Steps whose images are asked for in advance, so that one slow read does not hold up all ranks.
    package static let stepsReadAhead = 3

    /// - Parameter schedule: of the method's phases.
    public init(_ configuration: ResolvedConfiguration, _ schedule: PhaseSchedule) {
        self.configuration = configuration
        self.schedule = schedule
        growth = GrowthSchedule(configuration)
    }

    /// - Parameters:
    ///   - isFirst: whether no images have been asked for yet.
    ///   - fault: what a rank has met that ends the run.
    ///   - secondsSinceCheckpoint: since the last plan that saves one, on rank 0's clock.
    package func plan(
        _ state: TrainingCounters, isFirst: Bool, stopSignal: Int32?, fault: String? = nil,
        secondsSinceCheckpoint: Double = 0
    ) -> StepPlan {
        let imagesShown = state.imagesShown
        let level = self.level(imagesShown, state)
        let stage = configuration.stage(at: level.resolution)
        let after = imagesShown + images(of: stage)
        let total = configuration.totalImages
        func crosses(_ images: Int) -> Bool { Self.crosses(images, from: imagesShown, to: after) }
        func crosses(kimg: Double) -> Bool { Self.crosses(kimg: kimg, from: imagesShown, to: after) }
        let ending: StepPlan.Ending? =
            fault.map { .notFinite($0) } ?? (imagesShown >= total ? .finished : nil)
            ?? lastingBest(state).map { .noBetter($0) } ?? stopSignal.map { .stopped(signal: $0) }
        let interval = configuration.cluster.replicaCheckSteps
        let isOverdue = configuration.checkpoint.everyMinutes.map { secondsSinceCheckpoint >= 60 * $0 } ?? false
        return StepPlan(
            step: state.step, imagesShown: imagesShown,
            setting: StepSetting(stage: stage, fade: level.fade, resetsMoments: resetsMoments(state.level, level)),
            phases: schedule.phases(ofStep: state.step), reads: reads(state, isFirst: isFirst),
            checksReplicas: interval > 0 && state.step % interval == 0 && state.step > 0, ending: ending,
            endsPhase: configuration.growing.enabled
                && (after >= total
                    || growth.endsPhase(from: imagesShown, to: after, transitions: state.growth?.transitions ?? [])),
            reportsTick: crosses(Self.imagesPerTick) || after >= total,
            savesSheet: crosses(kimg: configuration.snapshot.everyKimg) || after >= total,
            measures: !configuration.metrics.names.isEmpty
                && (crosses(kimg: configuration.measuringKimg) || after >= total),
            savesCheckpoint: crosses(kimg: configuration.checkpoint.everyKimg) || isOverdue || after >= total)
    }

    /// Whether a step from `from` to `to` images shown crosses a multiple of `images`.
    private static func crosses(_ images: Int, from: Int, to: Int) -> Bool { from / images != to / images }

    private static func crosses(kimg: Double, from: Int, to: Int) -> Bool {
        crosses(Int((kimg * 1000).rounded(.up)), from: from, to: to)
    }

    /// Whether a step is measured in a run of any length. The end of a run alone is no reason: what a run decides must not
    /// depend on where it was once to end.
    package func isMeasured(_ plan: StepPlan) -> Bool {
        Self.crosses(
            kimg: configuration.measuringKimg, from: plan.imagesShown,
            to: plan.imagesShown + images(of: plan.setting.stage))
    }

    /// The best value of the chosen metric, where no better one has come for as long as the configuration waits.
    private func lastingBest(_ state: TrainingCounters) -> BestScore? {
        guard let patience = configuration.metrics.patienceKimg, let best = state.best,
            best.key == configuration.metrics.best,
            state.imagesShown - best.imagesShown >= Int((patience * 1000).rounded(.up))
        else { return nil }
        return best
    }

    /// At which the step after so many images trains.
    func level(_ imagesShown: Int, _ state: TrainingCounters) -> GrowthLevel {
        growth.level(imagesShown: imagesShown, transitions: state.growth?.transitions ?? [])
    }

    /// The step that lies `stepsReadAhead` steps ahead; with the first plan also those before it.
    private func reads(_ state: TrainingCounters, isFirst: Bool) -> [ReadRequest] {
        let (requests, _) = coming(state)
        return isFirst ? requests : Array(requests.suffix(1))
    }

    /// The coming step and those whose images are asked for with it, and the images shown after them.
    private func coming(_ state: TrainingCounters) -> ([ReadRequest], imagesAfter: Int) {
        var requests: [ReadRequest] = []
        var images = state.imagesShown
        for _ in 0...Self.stepsReadAhead {
            let stage = configuration.stage(at: level(images, state).resolution)
            requests.append(ReadRequest(imagesShown: images, stage: stage))
            images += self.images(of: stage)
        }
        return (requests, images)
    }

    /// Real images that a step shows.
    private func images(of stage: TrainingStage) -> Int { stage.batch * schedule.shownBatches }

    private func resetsMoments(_ old: GrowthLevel?, _ new: GrowthLevel) -> Bool {
        let growing = configuration.growing
        return growing.enabled && growing.resetMoments && GrowthSchedule.introducesLayers(from: old, to: new)
    }

    /// What a step's results say about growing, where plateaus trigger transitions.
    ///
    /// A transition that is decided starts after the steps whose images have been asked for. It follows from nothing but
    /// the state after the step, which a checkpoint holds: a run that goes on decides the same.
    ///
    /// - Parameters:
    ///   - state: after the step.
    ///   - loss: of the discriminator in the step.
    ///   - distance: of the samples after the step to the data set (SWD), where it was measured.
    package func observed(_ plan: StepPlan, _ state: TrainingCounters, loss: Double, distance: Double?)
        -> GrowthProgress
    {
        let growing = configuration.growing
        let value = growing.plateauSignal == .swd ? isMeasured(plan) ? distance : nil : loss
        let before = state.growth ?? GrowthProgress()
        guard growing.enabled, growing.trigger == .plateau, let value else { return before }
        var detector = PlateauDetector(growing, state: before.plateau)
        detector.add(value: value, images: images(of: plan.setting.stage), at: plan.setting.level)
        var progress = before
        if detector.sees {
            let (_, start) = coming(state)
            // Where a transition is on its way already, what was seen is of the resolution before it.
            if level(start, state).resolution == plan.setting.level.resolution,
                let transitions = growth.adding(transitionAt: start, to: progress.transitions)
            {
                progress.transitions = transitions
                detector.restart()
            }
        }
        progress.plateau = detector.state
        return progress
    }
}
