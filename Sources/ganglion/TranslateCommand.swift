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

              ganglion translate runs/shapes --input maps --out images --sheet sheet.png
              ganglion translate runs/shapes --input maps/7.png --out other --seed 5 \\
                  --noise class:2
              mpirun -np 2 ganglion translate runs/garments --input edges --out garments

            A checkpoint of pix2pix, ccfpse or oasis makes an image of each PNG or JPEG file in a folder and those below, of \
            the file's own size, whose sides must be multiples of what the network halves them by. Label maps are PNG files \
            whose grey values or indices are classes; with a palette of colours they are colours. In OUT each has its own \
            name, as PNG.

            An image is a pure function of checkpoint, file and seed, on any number of ranks. With --noise class:K the noise \
            of the seed is that of class K's pixels, and all others keep that of seed 0: what they show stays.

            A sheet has a row for each of the first 16 files: the condition, what was generated, and, with --real, what was \
            there.
            """))

    @Argument(help: "Checkpoint, or a run folder, of which the newest is taken.")
    var checkpoint: String

    @Option(help: "Image file, or a folder of them.")
    var input: String

    @Option(help: "Folder for the images.")
    var out: String

    @Option(help: "Seed of noise and dropout, of all files.")
    var seed: UInt32 = 0

    @Option(help: "Whose noise the seed is: global, or class:K for the pixels of one class (oasis).")
    var noise: String?

    @Option(
        help:
            "JSON list of the classes' names and colours; without it palette.json beside the input, where there is one."
    )
    var palette: String?

    @Option(help: "PNG file for a sheet.")
    var sheet: String?

    @Option(help: "Folder of real images, named as the input's, for the sheet.")
    var real: String?

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    func validate() throws { _ = try session }

    func run() throws { try session.launch() }

    private var session: TranslateSession {
        get throws {
            var options = TranslateSession.Options(checkpoint: checkpoint, input: input, out: out)
            options.seed = seed
            options.noise = noise
            options.palette = palette
            options.sheet = sheet
            options.real = real
            options.threads = threads
            return try asUsage { try TranslateSession(options) }
        }
    }
}
