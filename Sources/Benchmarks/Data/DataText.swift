import Reporting

/// What `ganglion bench data` found, as a table.
public enum DataText {
    public static func text(_ report: DataBenchmark.Report) -> String {
        var table = TableFormatter([
            .init("mirror"), .init("labels"), .init("in advance"), .init("pass"), .init("images/s", .right),
            .init("MB/s", .right), .init("±", .right), .init("from disk", .right),
        ])
        for result in report.results {
            table.add([
                result.mirror ? "yes" : "no", result.labels ? "yes" : "no", result.readAhead ? "yes" : "no",
                result.cold ? "cold" : "warm", NumberText.fixed(result.imagesPerSecond, 0),
                NumberText.fixed(result.megabytesPerSecond, 1), spreadText(result.spread),
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
