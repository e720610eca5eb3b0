import Configuration
import Foundation

/// What all ranks do in one step. Rank 0 decides it, everyone obeys, rank 0 included.
public struct StepPlan: Codable, Equatable, Sendable {
    /// Steps taken before this one.
    public var step: Int
    /// Real images shown before this one.
    public var imagesShown: Int
    public var resolution: Int
    /// 0: only the new resolution shows; towards 1 the old one.
    public var fade: Float
    public var batch: Int
    public var phases: [Phase]
    /// Whether the ranks compare their parameters first.
    public var checksReplicas: Bool
    /// What to do instead of a step.
    public var ending: Ending?
    /// After this step:
    public var reportsTick: Bool
    public var savesSheet: Bool
    public var savesCheckpoint: Bool

    public enum Ending: Codable, Equatable, Sendable {
        /// All images were shown.
        case finished
        /// A signal asked for it.
        case stopped(signal: Int32)
    }
}

/// Rank 0's decisions: a pure function of the configuration, the counters and the signals.
public struct Coordinator: Sendable {
    private let configuration: ResolvedConfiguration
    private let schedule: PhaseSchedule
    /// Images between two lines of progress.
    private static let imagesPerTick = 1000

    public init(_ configuration: ResolvedConfiguration) {
        self.configuration = configuration
        schedule = PhaseSchedule(configuration)
    }

    public func plan(step: Int, imagesShown: Int, stopSignal: Int32?) -> StepPlan {
        let after = imagesShown + configuration.batch
        let total = configuration.totalImages
        /// Whether this step crosses a multiple of `images`.
        func crosses(_ images: Int) -> Bool { imagesShown / images != after / images }
        func crosses(kimg: Double) -> Bool { crosses(Int((kimg * 1000).rounded(.up))) }
        let ending: StepPlan.Ending? =
            imagesShown >= total ? .finished : stopSignal.map { .stopped(signal: $0) }
        let interval = configuration.cluster.replicaCheckSteps
        return StepPlan(
            step: step, imagesShown: imagesShown, resolution: configuration.resolution, fade: 0,
            batch: configuration.batch, phases: schedule.phases(ofStep: step),
            checksReplicas: interval > 0 && step % interval == 0 && step > 0, ending: ending,
            reportsTick: crosses(Self.imagesPerTick) || after >= total,
            savesSheet: crosses(kimg: configuration.snapshot.everyKimg) || after >= total,
            savesCheckpoint: crosses(kimg: configuration.checkpoint.everyKimg) || after >= total)
    }
}
