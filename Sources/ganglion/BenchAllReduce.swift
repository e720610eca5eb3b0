import ArgumentParser
import Benchmarks
import Cluster
import Reporting

/// `ganglion bench allreduce`.
struct BenchAllReduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allreduce", abstract: "Time the sum of gradients over ranks, beside MPI's own.",
        discussion: HelpText.text(
            """
            Example:

              ganglion bench allreduce
              mpirun -np 2 --hostfile hostfiles/two-nodes \\
                  ganglion bench allreduce --sizes 1mb,16mb

            By itself it starts 2 and 4 ranks on this machine; under mpirun it measures those that mpirun starts. \
            The sum along a fixed tree, which training uses, gives the same bits \
            on any number of ranks; MPI_Allreduce does not. A ratio above 1 means that the tree is faster. Where ranks \
            share cores, the figures are marked: they measure waiting more than summing.
            """))

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Measure each size for about so long.")
    var seconds = 1.0

    @Option(help: "Bytes of each rank, such as 64kb,1mb. Default: \(SumText.usualSizes).")
    var sizes: String?

    func validate() throws {
        try BenchCommand.check(seconds: seconds, most: 600)
        _ = try asUsage { try sizes.map(SumText.sizes(in:)) }
    }

    func run() throws {
        if Launch.isRank {
            SumBenchmark.launchAsRank(
                sizes: try asUsage { try sizes.map(SumText.sizes(in:)) } ?? SumBenchmark.usualSizes, seconds: seconds,
                show)
        }
        try show(try SumBenchmark.onThisMachine(sizes: sizes, seconds: seconds))
    }

    private func show(_ results: [SumBenchmark.Result]) throws {
        printBlock(json ? try BenchJSON.text("allreduce", results) : SumText.text(results))
    }
}
