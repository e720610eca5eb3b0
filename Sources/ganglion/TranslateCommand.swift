import ArgumentParser
import Reporting
import Session

struct TranslateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "translate",
        abstract: "Make images of label maps or images with a checkpoint; under mpirun on all ranks together.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion translate runs/shapes --input data/shapes --count 16 --out images \\
                  --sheet sheet.png
              ganglion translate runs/shapes --input maps/7.png --out other --seed 5 \\
                  --noise class:2
              ganglion translate runs/garments --input photos --edges --out garments
              mpirun -np 2 ganglion translate runs/facades --input maps --out facades

            A checkpoint of pix2pix, ccfpse or oasis makes an image of each PNG or JPEG file in a folder and those below, of \
            the file's own size, whose sides must be multiples of what the network halves them by. Label maps are PNG files \
            whose grey values or indices are classes; with a palette of colours they are colours. In OUT each has its own \
            name, as PNG. Of a data set its own label maps or condition images are translated, row000000.png being made of \
            its first row. With --edges the input is photographs, or a data set's own images, whose edges are drawn as \
            dataset import --pair edges draws them.

            An image is a pure function of checkpoint, file and seed, on any number of ranks. With --noise class:K the noise \
            of the seed is that of class K's pixels, and all others keep that of seed 0: what they show stays.

            A sheet has a row for each of the first 16 images: the condition, what was generated, and what was there: of a \
            data set and with --edges the image itself, else that of --real.
            """))

    @Argument(help: "Checkpoint, or a run folder, of which the newest is taken.")
    var checkpoint: String

    @Option(help: "Image file, a folder of them, or a data set's folder.")
    var input: String

    @Option(help: "Folder for the images.")
    var out: String

    @Option(help: "Images to make, of the first files by name or rows; without it all.")
    var count: Int?

    @Option(help: "Seed of noise and dropout, of all files.")
    var seed: UInt32 = 0

    @Option(help: "Whose noise the seed is: global, or class:K for the pixels of one class (oasis).")
    var noise: String?

    @Option(
        help:
            "JSON list of the classes' names and colours; without it palette.json beside the input, where there is one."
    )
    var palette: String?

    @Flag(help: "Draw the edges of the input's images, and translate the drawings.")
    var edges = false

    @Option(help: "PNG file for a sheet.")
    var sheet: String?

    @Option(help: "Folder of real images, named as the input's, for the sheet.")
    var real: String?

    @OptionGroup var statistics: StatisticsOption

    @Option(
        help:
            "Data set of whose label maps or images --standing-statistics takes its batches; without it the input, which must be one."
    )
    var data: String?

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    func validate() throws { _ = try session }

    func run() throws { try session.launch() }

    private var session: TranslateSession {
        get throws {
            var options = TranslateSession.Options(checkpoint: checkpoint, input: input, out: out)
            options.count = count
            options.seed = seed
            options.noise = noise
            options.palette = palette
            options.edges = edges
            options.sheet = sheet
            options.real = real
            options.standingStatistics = statistics.standingStatistics
            options.data = data
            options.threads = threads
            return try asUsage { try TranslateSession(options) }
        }
    }
}
