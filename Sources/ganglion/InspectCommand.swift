import ArgumentParser
import Reporting
import Session

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print what a run folder, a checkpoint or another HDF5 file holds.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion inspect runs/first
              ganglion inspect runs/first/checkpoints/00060000.h5 --arrays
              ganglion inspect data/fashion/shard-00000.h5
              ganglion inspect runs/first --compare runs/second/checkpoints/00060000.h5

            Of a run folder: where the run stands, and its newest sound checkpoint. Arrays are counted by their groups; \
            --arrays lists them one by one, and prints the whole configuration and the last line of the statistics. A checkpoint's checksums are \
            verified; one that holds ∞ or NaN ends with 65 as well. --compare ends with 65 unless both hold the same bits.
            """))

    @Argument(help: "Run folder, checkpoint, shard or other HDF5 file.")
    var path: String

    @Flag(help: "List every array; print the whole configuration.")
    var arrays = false

    @Option(help: "Another checkpoint, or a run folder: tell whether both hold the same state, bit for bit.")
    var compare: String?

    func run() throws { try InspectSession(path: path, arrays: arrays, compare: compare).run() }
}
