import ArgumentParser
import Benchmarks
import Reporting

/// `ganglion bench scaling`.
struct BenchScaling: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling", abstract: "Fit a model to steps measured on several ranks, and predict more ranks.",
        discussion: HelpText.text(
            """
            Example, of what cluster/scaling measures:

              ganglion bench scaling measured/*.json --svg scaling.svg

            Reads what `ganglion bench cluster --json` printed: of one rank with several batches, and of 2, 4, … ranks, \
            one to a host, with alone, overlapped and exposed by turns. Links limited to several bandwidths, told with \
            --rate, show what bytes cost. The model is fitted to overlapped and exposed steps; held out is a model that \
            knows only steps of fewer ranks. Predicted are nodes such as the one measured, with one rank each.
            """))

    @Argument(help: "JSON of ganglion bench cluster, a file for each job.")
    var files: [String]

    @Option(help: "Images of a rank in weak scaling. Default: the most that one rank was measured with.")
    var batchPerRank: Int?

    @Option(help: "Images of all ranks in strong scaling.")
    var batch = 1024

    @Option(help: "Bandwidths to predict for.")
    var rates = "1gbit,10gbit,25gbit,100gbit"

    @Option(help: "Draw efficiencies into this file.")
    var svg: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try BenchCommand.check(("batch-per-rank", batchPerRank, 1_048_576), ("batch", batch, 1_048_576))
        _ = try asUsage { try LinkRate.list(rates) }
    }

    func run() throws {
        var question = ScalingReport.Question()
        question.rates = try asUsage { try LinkRate.list(rates) }
        question.imagesPerRank = batchPerRank
        question.batch = batch
        let report = try MeasuredFile.report(on: files, question)
        if let svg { try MeasuredFile.draw(report, to: svg) }
        printBlock(json ? try BenchJSON.text("scaling", report) : ScalingText.text(report))
    }
}
