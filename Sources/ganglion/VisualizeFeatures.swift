import ArgumentParser
import Reporting
import Session

/// `ganglion visualize features`.
struct VisualizeFeatures: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Draw clusters of the averaged generator's feature maps.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize features runs/first/checkpoints/00060000.h5 \\
                  --out features.png --resolutions 8,16,32 --clusters 8
              ganglion visualize features runs/first --out strip.png --count 3

            The vectors at all positions of all images are clustered by k-means with the cosine distance, each \
            resolution for itself; each cluster has a colour. Of a resolution's clusters, those that overlap most with \
            the clusters of the resolution below it have their colours.

            Of one checkpoint: a row an image, first the image, then its feature maps from the lowest resolution on. \
            Without --resolutions those from 8 to 128, and up to half of the image.

            Of a run folder, or of several checkpoints, a strip: a column a checkpoint, and for each image a row of it \
            and a row of each resolution, without --resolutions of the largest. Clusters are found at each checkpoint \
            for itself, and have the colours of those that they overlap with most at the checkpoint after it. What \
            column is which is printed. Where a network had not yet grown to a resolution it is white.
            """))

    @Argument(
        help: """
            Checkpoint, or several of them, or a run folder for those that it has kept; one built from reference \
            weights will do.
            """)
    var checkpoints: [String]

    @OptionGroup
    var arguments: ClusterPictureArguments

    @Option(help: ArgumentHelp("Resolutions of feature maps, such as 16,32,64.", valueName: "resolutions"))
    var resolutions: String?

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: FeaturePictureSession {
        get throws {
            try asUsage {
                try FeaturePictureSession(
                    checkpoints: checkpoints, options: arguments.options, resolutions: resolutions)
            }
        }
    }
}
