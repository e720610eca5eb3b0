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

    @Option(help: "FILE.png; of visualize interpolation also FILE.gif or FILE.mp4.")
    var out: String

    func options(truncation: Float = 1) -> LatentPictureOptions {
        var options = LatentPictureOptions(checkpoint: checkpoint, out: out)
        (options.truncation, options.label) = (truncation, label)
        return options
    }
}
