import ArgumentParser
import Session

/// What the commands that draw images of latents and styles alone have in common.
struct LatentPictureArguments: ParsableArguments {
    @Argument(
        help: "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(
        name: .customLong("class"),
        help: "Classes of a conditional generator, by their numbers or names; several take turns. Default: all.")
    var label: String?

    func options(out: String, truncation: Float = 1) -> LatentPictureOptions {
        var options = LatentPictureOptions(checkpoint: checkpoint, out: out)
        (options.truncation, options.label) = (truncation, label)
        return options
    }
}
