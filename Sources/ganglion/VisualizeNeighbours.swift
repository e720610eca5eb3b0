import ArgumentParser
import Reporting
import Session

/// `ganglion visualize neighbours`.
struct VisualizeNeighbours: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours", abstract: "Draw generated images beside the real ones that are nearest to them.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize neighbours runs/first --data data/fashion --out near.png
              ganglion visualize neighbours runs/first --data data/fashion --out near.png \\
                  --seeds 0-15 --neighbours 3 --pixels

            A row an image: first what was generated, then the nearest real images, the nearest first; their rows in the data \
            set and distances are printed. Distances are those in the features of --features, or of features.h5 in the data \
            folder; where there is none, or with --pixels, in pixels.
            """))

    @OptionGroup
    var arguments: LatentPictureArguments

    @Option(help: ArgumentHelp("Dataset whose images are looked through.", valueName: "folder"))
    var data: String

    @Option(help: "Seeds, a row each. Default: 0-7.")
    var seeds: String?

    @Option(help: "Real images beside each, 1 to 32. Default: 5.")
    var neighbours: Int?

    @Option(help: ArgumentHelp("Features file; without it features.h5 in the data folder.", valueName: "file"))
    var features: String?

    @Flag(help: "Allow features that were learned from another data set.")
    var anyFeatures = false

    @Flag(help: "Compare pixels.")
    var pixels = false

    @Option(help: "Real images that are looked through, of a random order; without it all.")
    var reals: Int?

    @OptionGroup
    var truncation: TruncationArgument

    @OptionGroup
    var statistics: StatisticsOption

    func validate() throws {
        if pixels, features != nil || anyFeatures { throw ValidationError("--pixels compares without features") }
        _ = try session
    }

    func run() throws { try session.run() }

    private var session: NeighboursSession {
        get throws {
            try asUsage {
                var options = arguments.options(truncation: truncation.psi)
                options.standingStatistics = statistics.standingStatistics
                return try NeighboursSession(
                    options, data: data, seeds: seeds, neighbours: neighbours, reals: reals,
                    space: pixels
                        ? .pixels : .features(try FeaturesOption(file: features, resize: "pytorch", any: anyFeatures)))
            }
        }
    }
}
