import Configuration
import State

/// What keeps a discriminator from learning a small data set by heart, whatever the family: augmentation, LeCam; with the
/// state that they need.
struct DiscriminatorAids {
    private let augmentation: TrackedAugmentation
    private let lecam: TrackedLeCam?

    init(_ configuration: ResolvedConfiguration) {
        augmentation = TrackedAugmentation(configuration)
        lecam = TrackedLeCam(configuration)
    }

    var tracked: [NamedTensor] { augmentation.tracked + (lecam?.tracked ?? []) }
    var trackedNumbers: [(name: String, value: Float)] {
        augmentation.trackedNumbers + (lecam?.trackedNumbers ?? [])
    }

    /// The game with them.
    func helping(_ game: AdversarialGame, at setting: StepSetting) -> AdversarialGame {
        var game = game
        game.augmentation = augmentation.augmentation(at: setting)
        game.lecam = lecam
        game.discriminatorTracking += augmentation.tracking(at: setting)
        if let lecam { game.discriminatorTracking.append(lecam.tracking) }
        return game
    }
}
