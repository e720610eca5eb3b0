import ArgumentParser
import Reporting
import Session

/// `ganglion visualize spectrum`.
struct VisualizeSpectrum: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spectrum",
        abstract: "Draw power spectra and histograms of generated fields beside those of the data.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion visualize spectrum runs/lognormal --data data/lognormal --out spectrum.svg
              ganglion visualize spectrum runs/lognormal/checkpoints/00200000.h5 \\
                  --data data/lognormal --images 4096 --out spectrum.png

            Of each channel two charts: the radially averaged power spectrum, over waves on the longer side, and the histogram \
            of physical values. Lines are means over samples, bands a deviation of single samples to either side. Generated \
            samples have the conditions of the real ones that they are drawn beside.
            """))

    @Argument(help: "Checkpoint, or a run folder, of which the newest is taken.")
    var checkpoint: String

    @Option(help: ArgumentHelp("Dataset of fields that it was trained on.", valueName: "folder"))
    var data: String

    @Option(help: "SVG or PNG file.")
    var out: String

    @Option(help: "Samples of each set; at most as many as the data set has.")
    var images = 1024

    @Option(help: "Seed of the samples.")
    var seed: UInt32 = 0

    func validate() throws { _ = try session }

    func run() throws { try session.run() }

    private var session: SpectrumSession {
        get throws {
            try asUsage {
                try SpectrumSession(checkpoint: checkpoint, data: data, out: out, images: images, seed: seed)
            }
        }
    }
}
