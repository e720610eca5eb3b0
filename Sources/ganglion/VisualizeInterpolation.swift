import ArgumentParser
import Reporting
import Session

/// `ganglion visualize interpolation`.
struct VisualizeInterpolation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interpolation", abstract: "Draw how one seed's image turns into the next one's.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize interpolation runs/first --out between.png --seeds 0-3
              ganglion visualize interpolation runs/first --out circle.mp4 --seeds 3,7,9 \\
                  --loop --frames 60 --fps 30
              ganglion visualize interpolation runs/sagan --out boots.gif --class boot

            --space w goes on a straight line between styles, z between latents, slerp around the sphere near which latents \
            lie; without it w where there are styles, else slerp. Both ends of a way are the images of its seeds. Between two \
            classes what conditions turns evenly, too.

            FILE.png is a sheet: a row a way, --frames images and its end. FILE.gif and FILE.mp4 go all ways one after \
            another; ffmpeg makes them, and where there is none in PATH, the sheet is written to FILE.gif.png or \
            FILE.mp4.png in their place, and that is said.
            """))

    @OptionGroup
    var arguments: LatentPictureArguments

    @Option(help: "Seeds, two or more, such as 0-3 or 3,7,9. Default: 0-3.")
    var seeds: String?

    @Option(help: "z, slerp or w.")
    var space: String?

    @Option(help: "Images from one seed to the next. Default: 7, and 30 of a film.")
    var frames: Int?

    @Option(help: "Frames of a film in a second. Default: 15.")
    var fps: Int?

    @Flag(help: "Go back from the last seed to the first.")
    var loop = false

    @OptionGroup
    var truncation: TruncationArgument

    @OptionGroup
    var statistics: StatisticsOption

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: InterpolationSession {
        get throws {
            try asUsage {
                var options = arguments.options(truncation: truncation.psi)
                options.standingStatistics = statistics.standingStatistics
                return try InterpolationSession(
                    options, seeds: seeds, way: space, frames: frames, framesPerSecond: fps, isClosed: loop)
            }
        }
    }
}
