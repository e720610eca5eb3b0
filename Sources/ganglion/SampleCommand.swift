import ArgumentParser
import Reporting
import Session

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Make images with a checkpoint's averaged generator.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion sample runs/first --out samples --count 100
              ganglion sample runs/first --out grid.png --grid 8x8 --truncation 0.7
              ganglion sample runs/classes --out classes.png --grid 8x10
              ganglion sample runs/classes --out some.png --grid 8x3 --class 0-1,boot
              ganglion sample runs/first/checkpoints/00060000.h5 --out samples.h5 \\
                  --seeds 0-999
              ganglion sample runs/showers --out showers.h5 --condition 12.5 --count 100
              ganglion sample runs/weather --out weather.nc --conditions asked.csv

            An image is a pure function of checkpoint, class and seed. OUT is a folder (one PNG a seed), one PNG file (a \
            grid), or an HDF5 file with /images uint8 [N, H, W, C], and /labels int32 [N] where there are classes.

            Several classes take turns by the seeds' numbers. In a grid that --grid asks for they have a row each, and a \
            column has one seed; where there are more rows, the classes begin again with the seeds that follow.

            Fields come in physical units: /samples float32 [N, H, W, C] with names and units of the channels, /seeds, and \
            /conditions [N, numbers] or /labels; by the conventions of netCDF in FILE.nc, a variable a channel. In PNGs \
            their channels lie side by side. Values that a channel's transform cannot have are counted and told.
            """))

    @Argument(
        help:
            "Checkpoint, or a run folder, of which the newest is taken; one built from reference weights will do.")
    var checkpoint: String

    @Option(help: "Folder (one PNG a seed), FILE.png (a grid), FILE.h5, or, of fields, FILE.nc.")
    var out: String

    @Option(help: "Images; seeds 0 …; in a grid with a class a row, images of a row.")
    var count: Int?

    @Option(help: "Seeds, such as 0-15 or 3,7,20-29.")
    var seeds: String?

    @OptionGroup
    var truncation: TruncationArgument

    @Option(
        name: .customLong("class"),
        help: """
            Classes of a conditional generator, by their numbers or names, such as 3, boot or 0-2,boot; without it all \
            of them.
            """)
    var label: String?

    @Option(
        parsing: .unconditional,
        help: "Numbers that condition all samples, in physical units, such as 12.5,3; without it their middle.")
    var condition: String?

    @Option(help: "File with a row of such numbers for each sample: text, or FILE.h5 with an array conditions.")
    var conditions: String?

    @Flag(name: .customLong("netcdf"), help: "Write FILE.h5 by the conventions of netCDF-4, as FILE.nc is.")
    var netCDF = false

    @Option(
        help: """
            Noise inputs of StyleGAN2's layers: const (the network's fixed planes), random (drawn for each seed) or none. \
            Default: const, of fields random.
            """)
    var noise: String?

    @Option(help: "Columns and rows of the grid, such as 8x8.")
    var grid: String?

    @OptionGroup
    var statistics: StatisticsOption

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: SampleSession {
        get throws {
            try asUsage {
                try SampleSession(
                    checkpoint: checkpoint, out: out, count: count, seeds: seeds, truncation: truncation.psi,
                    label: label,
                    grid: grid, condition: condition, conditions: conditions, netCDF: netCDF,
                    standingStatistics: statistics.standingStatistics, noise: noise)
            }
        }
    }
}
