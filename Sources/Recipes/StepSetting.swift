import Configuration
import Models

/// Where in its growth a step trains, and with which sizes and rates.
public struct StepSetting: Codable, Equatable, Sendable {
    public var stage: TrainingStage
    /// The old resolution's share, see ``GrowthLevel``.
    public var fade: Float
    /// Whether the optimisers forget their moments first, as layers come in or go.
    public var resetsMoments: Bool

    public init(stage: TrainingStage, fade: Float = 0, resetsMoments: Bool = false) {
        self.stage = stage
        self.fade = fade
        self.resetsMoments = resetsMoments
    }

    public var level: GrowthLevel { GrowthLevel(resolution: stage.resolution, fade: fade) }
}

extension ResolvedConfiguration {
    /// The setting of the fully grown networks: of every step of a run that does not grow.
    public var grown: StepSetting { StepSetting(stage: stage(at: resolution)) }
}
