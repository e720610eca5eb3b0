import ArgumentParser
import Reporting
import Session

/// `ganglion visualize decoder`.
struct VisualizeDecoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decoder",
        abstract: "Draw what the discriminator's decoder predicts, beside the generator's feature maps.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize decoder runs/first/checkpoints/00060000.h5 \\
                  --data data/fashion --out decoder.png
              ganglion visualize decoder runs/first --data data/fashion --out strip.png

            What the decoder predicts of real images, what it predicts of generated ones, and the averaged generator's own \
            feature maps of these are clustered jointly, by k-means with the cosine distance: a colour means the same in \
            all of them.

            Of one checkpoint: a row a real image, what is predicted of it, a generated image, its feature map, and what is \
            predicted of it. Of a run folder, or of several checkpoints, a strip: a column a checkpoint, behind the real \
            image, and for each real and generated image four rows: what is predicted of the real one; the generated one, \
            its feature map, and what is predicted of it. Colours follow from a checkpoint to the one before it as in \
            visualize features.

            Where label maps have supervised the discriminator, what is predicted are their values, in the colours of \
            dataset info --preview; the generator's clusters have colours of their own.
            """))

    @Argument(help: "Checkpoint, or several of them, or a run folder for those that it has kept.")
    var checkpoints: [String]

    @OptionGroup
    var arguments: ClusterPictureArguments

    @Option(help: ArgumentHelp("Dataset whose images the discriminator is shown.", valueName: "folder"))
    var data: String

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: DecoderPictureSession {
        get throws {
            try asUsage {
                try DecoderPictureSession(checkpoints: checkpoints, data: data, options: arguments.options)
            }
        }
    }
}
