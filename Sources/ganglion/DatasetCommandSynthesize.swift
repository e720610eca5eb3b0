import ArgumentParser
import Reporting
import Session

extension DatasetCommand {
    /// `ganglion dataset synthesize`.
    struct Synthesize: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a dataset of coloured shapes on textured ground.",
            discussion: HelpText.text(
                """
                Labels tell the front shape's class, semantic maps the class of every pixel. The same seed gives the \
                same images.

                Example:

                  ganglion dataset synthesize --out data/shapes --count 20000 --resolution 64
                """))

        @Option(help: ArgumentHelp("Where the shards go; made if missing.", valueName: "folder"))
        var out: String

        @Option(help: "Number of images.")
        var count = 10_000

        @Option(help: "Side of the images, a power of two from 4 to 1024.")
        var resolution = 32

        @Option(help: "1 (grey) or 3 (colour).")
        var channels = 3

        @Option(help: "Number of files. Default: one for each 128 MB.")
        var shards: Int?

        @Option(help: "What the images are drawn from.")
        var seed: UInt64 = 0

        func run() throws {
            try DatasetMaking.run(
                drawing: count, to: out, seed: seed, resolution: resolution, channels: channels, shards: shards)
        }
    }
}
