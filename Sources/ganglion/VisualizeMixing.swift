import ArgumentParser
import Reporting
import Session

/// `ganglion visualize mixing`.
struct VisualizeMixing: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mixing", abstract: "Draw images with the styles of two seeds each.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize mixing runs/first --out mixing.png
              ganglion visualize mixing runs/first --out mixing.png --rows 0-3 \\
                  --columns 10-15 --layers 2-5

            On top stand the images of the columns' seeds, on the left those of the rows'. Each other image has the columns' \
            style in the layers of --layers, and the row's in all others. coarse are the layers up to 8×8, which place what \
            is shown, middle those at 16×16 and 32×32, fine the rest (arXiv 1812.04948, section 3.1). Only StyleGAN2's \
            layers take styles.
            """))

    @OptionGroup
    var arguments: LatentPictureArguments

    @Option(help: "Seeds of the rows. Default: 0-3.")
    var rows: String?

    @Option(help: "Seeds of the columns. Default: 4-9.")
    var columns: String?

    @Option(help: "coarse, middle, fine, or numbers of layers, such as 2-5. Default: coarse.")
    var layers: String?

    @OptionGroup
    var truncation: TruncationArgument

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: MixingSession {
        get throws {
            try asUsage {
                try MixingSession(
                    arguments.options(truncation: truncation.psi), rows: rows, columns: columns, layers: layers)
            }
        }
    }
}
