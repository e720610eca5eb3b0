import ArgumentParser
import Reporting
import Session

/// `ganglion visualize project`.
struct VisualizeProject: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Find the style of which the generator makes an image nearest to a given one.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize project runs/first --image shoe.png --out project.png \\
                  --features data/fashion/features.h5
              ganglion visualize project runs/first --image shoe.png --out project.png \\
                  --layers --steps 1000 --style w.h5 --curve loss.svg

            Adam on w from the mean of all styles on, with noise that fades (arXiv 1912.04958, appendix D). Near is what has \
            small cosine distances in all feature maps of --features, and small differences of pixels, times --pixel-weight. \
            OUT shows the image, the mean, some steps and the end. --style has w float32 [1, w], with --layers one a layer. \
            Only StyleGAN2's layers take styles.
            """))

    @OptionGroup
    var arguments: LatentPictureArguments

    @Option(help: ArgumentHelp("PNG or JPEG file; its middle square is taken.", valueName: "file"))
    var image: String

    @Option(help: ArgumentHelp("File of `ganglion features train`; without it pixels alone.", valueName: "file"))
    var features: String?

    @Option(help: "Steps of Adam.")
    var steps = 500

    @Option(help: "The largest learning rate.")
    var learningRate = 0.1

    @Option(help: "Weight of the mean square of pixels in [-1, 1] beside the features' distance.")
    var pixelWeight: Float = 1

    @Flag(help: "A style for each layer: nearer, and less like what the generator makes.")
    var layers = false

    @Option(help: "Seed of the noise.")
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("FILE.h5 for the style.", valueName: "file"))
    var style: String?

    @Option(help: ArgumentHelp("FILE.svg or FILE.png for the loss over the steps.", valueName: "file"))
    var curve: String?

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: ProjectSession {
        get throws {
            var session = ProjectSession(arguments.options(), image: image, features: features)
            (session.settings.steps, session.settings.learningRate) = (steps, learningRate)
            (session.settings.pixelWeight, session.settings.isOfLayers) = (pixelWeight, layers)
            (session.settings.seed, session.style, session.curve) = (seed, style, curve)
            try asUsage { try session.check() }
            return session
        }
    }
}
