import Configuration
import Failure
import Recipes
import State

/// What all ranks do in one step. Rank 0 decides it, everyone obeys, rank 0 included.
public struct StepPlan: Codable, Equatable, Sendable {
    /// Steps taken before this one.
    public var step: Int
    /// Real images shown before this one.
    public var imagesShown: Int
    /// Resolution and fade, batch and rates.
    public var setting: StepSetting
    public var phases: [PhaseKey]
    /// Steps to come whose images are to be read from now on.
    public var reads: [ReadRequest]
    /// Whether the ranks compare their states first.
    public var checksReplicas: Bool
    /// What to do instead of a step.
    public var ending: Ending?
    /// Whether a resolution's training or its fade, or the whole run, ends with this step.
    public var endsPhase: Bool
    /// After this step:
    public var reportsTick: Bool
    public var savesSheet: Bool
    public var measures: Bool
    public var savesCheckpoint: Bool

    public enum Ending: Codable, Equatable, Sendable {
        /// All images were shown.
        case finished
        /// The chosen metric has not become better for as long as the configuration waits.
        case noBetter(BestScore)
        /// A signal asked for it.
        case stopped(signal: Int32)
        /// Training is no longer numbers; where, and how to go on.
        case notFinite(String)

        /// With which the program ends then.
        var exitCode: Int32 {
            switch self {
            case .finished, .noBetter: ExitCode.done
            case .stopped: ExitCode.stopped
            case .notFinite: ExitCode.internalError
            }
        }
    }
}

/// The images of one step.
public struct ReadRequest: Codable, Equatable, Sendable {
    /// Real images shown before the step.
    public var imagesShown: Int
    public var stage: TrainingStage

    public init(imagesShown: Int, stage: TrainingStage) {
        self.imagesShown = imagesShown
        self.stage = stage
    }
}
