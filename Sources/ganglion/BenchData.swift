import ArgumentParser
import Foundation
import Reporting
import Storage
import Training

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
        guard seconds > 0, seconds <= 600 else {
            throw ValidationError("--seconds \(seconds): expected more than 0, at most 600")
        }
        guard data == nil || resolution == nil else {
            throw ValidationError("--resolution is that of images drawn here; those of --data have their own")
        }
    }

    func run() throws {
        let report = try data.map(measure) ?? measureDrawn()
        if json {
            try BenchCommand.printJSON("data", report)
        } else {
            printBlock(Self.text(report))
        }
    }

    private func measure(_ folder: String) throws -> DataBenchmark.Report {
        try DataBenchmark(try Dataset(folder), batch: batch, images: images, seconds: seconds).run()
    }

    private func measureDrawn() throws -> DataBenchmark.Report {
        let synthesizer = try DatasetSynthesizer(seed: 0, resolution: resolution ?? 64, channels: 3)
        let folder = NSTemporaryDirectory() + "ganglion-bench-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try synthesizer.run(to: folder, count: images)
        return try measure(folder)
    }

    private static func text(_ report: DataBenchmark.Report) -> String {
        var table = TableFormatter([
            .init("mirror"), .init("labels"), .init("in advance"), .init("pass"), .init("images/s", .right),
            .init("MB/s", .right), .init("±", .right), .init("from disk", .right),
        ])
        for result in report.results {
            table.add([
                result.mirror ? "yes" : "no", result.labels ? "yes" : "no", result.readAhead ? "yes" : "no",
                result.cold ? "cold" : "warm", NumberText.fixed(result.imagesPerSecond, 0),
                NumberText.fixed(result.megabytesPerSecond, 1), BenchCommand.spreadText(result.spread),
                NumberText.fixed(result.fetchedMegabytes, 1) + " MB",
            ])
        }
        let size = "\(report.resolution)x\(report.resolution)x\(report.channels)"
        return """
            \(report.images) images, \(size), \(report.classes) classes, \(report.shards) shard(s); \
            \(report.imagesPerPass) a pass, \(report.batch) a minibatch

            \(table.text)
            """
    }
}
