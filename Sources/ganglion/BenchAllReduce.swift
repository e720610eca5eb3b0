import ArgumentParser
import Cluster
import Failure
import Foundation
import Reporting
import Storage
import Training

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

    @Option(help: "Bytes of each rank, such as 64kb,1mb. Default: \(usual).")
    var sizes: String?

    private static let usual = SumBenchmark.usualSizes.map { size($0).lowercased().replacing(" ", with: "") }
        .joined(separator: ",")

    /// Ranks that a core is shared by at most.
    private static let mostPerCore = 4

    func validate() throws {
        guard seconds > 0, seconds <= 600 else {
            throw ValidationError("--seconds \(seconds): expected more than 0, at most 600")
        }
        _ = try chosenSizes
    }

    func run() throws {
        if Launch.isRank { try measureAsRank() }
        var results: [SumBenchmark.Result] = []
        for count in [2, 4] where count <= Self.mostPerCore * Processors.allowed {
            let ranks = BenchRanks(BenchWay(ranks: count, threads: 1))
            var report: [String: [SumBenchmark.Result]] = try ranks.result(
                of: ["allreduce", "--json", "--seconds", "\(seconds)"] + (sizes.map { ["--sizes", $0] } ?? []))
            var measured = report.removeValue(forKey: "allreduce") ?? []
            for k in measured.indices { measured[k].isOversubscribed = ranks.isOversubscribed }
            results += measured
        }
        try show(results)
    }

    private func show(_ results: [SumBenchmark.Result]) throws {
        if json { try BenchCommand.printJSON("allreduce", results) } else { printBlock(Self.table(results)) }
    }

    private func measureAsRank() throws -> Never {
        let sizes = try chosenSizes
        JobGuard.launch { communicator in
            guard let communicator = communicator as? MPICommunicator else {
                throw ClusterError(call: "bench allreduce", reason: "a rank must be started by mpirun", exitCode: 64)
            }
            let results = try SumBenchmark(communicator, sizes: sizes, seconds: seconds).run()
            if communicator.isRoot { try show(results) }
            return ExitCode.done
        }
    }

    private static func table(_ results: [SumBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("ranks"), .init("hosts"), .init("size", .right), .init("tree", .right), .init("±", .right),
            .init("GB/s", .right),
            .init("MPI_Allreduce", .right), .init("±", .right), .init("GB/s", .right), .init("ratio", .right),
        ])
        for result in results {
            let cells = [result.tree, result.mpi].flatMap { sum in
                [
                    NumberText.short(sum.milliseconds) + " ms", BenchCommand.spreadText(sum.spread),
                    NumberText.fixed(sum.gigabytesPerSecond, 2),
                ]
            }
            table.add(
                [
                    "\(result.ranks)" + (result.isOversubscribed ? " (sharing cores)" : ""), "\(result.hosts)",
                    size(result.bytes),
                ] + cells
                    + [NumberText.fixed(result.ratio, 2)])
        }
        return table.text
    }

    private var chosenSizes: [Int] {
        get throws {
            guard let sizes else { return SumBenchmark.usualSizes }
            return try sizes.split(separator: ",", omittingEmptySubsequences: false).map { word in
                let text = word.lowercased()
                let shift = text.hasSuffix("kb") ? 10 : text.hasSuffix("mb") ? 20 : nil
                guard let shift, let number = Int(text.dropLast(2)), (1...4096).contains(number) else {
                    throw ValidationError("--sizes: found '\(word)', expected some such as 64kb,1mb (1 to 4096 each)")
                }
                return number << shift
            }
        }
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB"
    }
}
