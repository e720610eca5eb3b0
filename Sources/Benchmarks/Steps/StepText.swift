import Reporting

/// What `ganglion bench step` found, as a table.
public enum StepText {
    public static func text(_ results: [StepBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("case"), .init("batch", .right), .init("ranks × threads"), .init("images/s", .right),
            .init("±", .right), .init("Gmain", .right), .init("Greg", .right), .init("Dmain", .right),
            .init("Dreg", .right), .init("optimizer", .right), .init("effective GFLOP/s", .right),
            .init("sgemm GFLOP/s", .right), .init("peak RSS", .right), .init("growth", .right),
        ])
        for result in results {
            // Of a phase that a method does not have: nothing.
            func ms(_ name: String) -> String {
                result.seconds[name].map { NumberText.fixed($0 * 1000, 1) + " ms" } ?? ""
            }
            table.add([
                result.name, "\(result.batch) of \(result.microbatch)", "\(result.ranks) × \(result.threads)",
                NumberText.fixed(result.imagesPerSecond, result.imagesPerSecond < 10 ? 2 : 1),
                spreadText(result.spread), ms("gmain"), ms("greg"), ms("dmain"), ms("dreg"),
                ms("optimizer"), NumberText.fixed(result.effectiveGflops, 0),
                NumberText.fixed(result.peakGflops, 0), NumberText.fixed(result.peakRssMb, 0) + " MB",
                NumberText.fixed(result.rssGrowthMb, 1) + " MB",
            ])
        }
        return table.text
    }
}
