import ArgumentParser
import Reporting
import Session

/// `ganglion visualize attention`.
struct VisualizeAttention: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attention", abstract: "Draw what self-attention looks at, from some points of some images.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize attention runs/sagan --out attention.png --seeds 0-5
              ganglion visualize attention runs/sagan --out reals.png --network d \\
                  --data data/fashion --points '8,10;20,16'

            A row an image: first the image with its points, then for each point the image darkened but for what the point \
            attends to, in its colour; each map is drawn in proportion to its largest value.

            Without --points they are chosen by the maps, spread over the image where the maps differ most: the first \
            is the position whose map differs most from the mean of all; each that follows has the largest product of \
            distance in the image and difference of the maps to the nearest one before it; the outermost eighths are left \
            out. The points are printed as --points takes them, and the largest value of each map over the mean: 1 where a \
            point attends to all alike.
            """))

    @Argument(help: "Checkpoint, or a run folder, of which the newest is taken.")
    var checkpoint: String

    @Option(help: "FILE.png.")
    var out: String

    @Option(help: "g (the averaged generator) or d (the discriminator).")
    var network = "g"

    @Option(help: "Seeds of the images, such as 0-5; with --data rows of the data set. Default: 0-3.")
    var seeds: String?

    @Option(
        name: .customLong("class"),
        help: "Classes of a conditional generator, by their numbers or names; several take turns. Default: all.")
    var label: String?

    @Option(help: "Which resolution's attention; without it the largest that has one.")
    var resolution: Int?

    @Option(help: "Points of an image, 1 to 8. Default: 5.")
    var queries: Int?

    @Option(help: ArgumentHelp("Rows and columns of pixels, such as '8,10;20,16'.", valueName: "points"))
    var points: String?

    @Option(help: ArgumentHelp("Dataset whose images the discriminator is shown.", valueName: "folder"))
    var data: String?

    @OptionGroup
    var statistics: StatisticsOption

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: AttentionSession {
        get throws {
            var session = try asUsage {
                try AttentionSession(
                    checkpoint: checkpoint, out: out, network: network, seeds: seeds, label: label, queries: queries,
                    points: points, data: data)
            }
            (session.resolution, session.standingStatistics) = (resolution, statistics.standingStatistics)
            try asUsage { try session.check() }
            return session
        }
    }
}
