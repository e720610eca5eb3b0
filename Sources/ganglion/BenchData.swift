import ArgumentParser
import Benchmarks
import Reporting
import Storage

/// `ganglion bench data`.
struct BenchData: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Measure how fast minibatches come from a dataset.",
        discussion: HelpText.text(
            """
            Examples:

              ganglion bench data
              ganglion bench data --data data/photos --batch 64 --json

            From shards to tensors, with mirror images and without, with labels and without; waiting for each \
            minibatch, and asking in advance as training does. Before a cold pass the system is told to forget the \
            shards; how much of a pass then came from a disk is shown.
            """))

    @Option(help: ArgumentHelp("Dataset to read. Default: coloured shapes, drawn for it.", valueName: "folder"))
    var data: String?

    @Option(help: "Side of the images that are drawn. Default: 64.")
    var resolution: Int?

    @Option(help: "Images of a pass, at most; so many are drawn.")
    var images = 4096

    @Option(help: "Images of a minibatch.")
    var batch = 32

    @Option(help: "Measure each line for about so long.")
    var seconds = 0.5

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try BenchCommand.check(("images", images, 1_000_000_000), ("batch", batch, 1_048_576))
        guard batch <= images else {
            throw ValidationError("--batch \(batch): more than the \(images) images of a pass (--images)")
        }
        try BenchCommand.check(seconds: seconds, most: 600)
        guard data == nil || resolution == nil else {
            throw ValidationError("--resolution is that of images drawn here; those of --data have their own")
        }
    }

    func run() throws {
        let report = try DataBenchmark.measure(
            data, resolution: resolution, batch: batch, images: images, seconds: seconds)
        printBlock(json ? try BenchJSON.text("data", report) : DataText.text(report))
    }
}
