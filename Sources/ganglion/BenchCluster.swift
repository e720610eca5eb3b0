import ArgumentParser
import Cluster
import Failure
import Foundation
import Reporting
import Storage
import Training

/// `ganglion bench cluster`.
struct BenchCluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Time steps on the ranks of a job, and what communication adds to them.",
        discussion: HelpText.text(
            """
            Example, two hosts:

              mpirun -np 2 --hostfile hostfiles/two-nodes \\
                  ganglion bench cluster R32 --batch 32

            Ranks are those that mpirun starts. By turns: alone (every rank for itself, with its share of the images), \
            overlapped (as training does it), exposed (sums after the backward pass), compressed (16 bits for each \
            gradient). Hidden is the part of exposed's communication that overlapping took out of the step.
            """))

    @Argument(help: "\(StepBenchmark.Case.allCases.map(\.rawValue).joined(separator: ", ")).")
    var name = "R32"

    @Option(help: "Images of a step over all ranks, in place of the case's.")
    var batch: Int?

    @Option(help: "Images computed as one unit.")
    var microbatch: Int?

    @Option(help: "Worker threads of a rank; without it the node's cores are shared among its ranks.")
    var threads: Int?

    @Option(help: "Cycles of the schedule that are timed; the median counts.")
    var rounds = 5

    @Option(help: "Bandwidth of a host's link, such as 500mbit, for the record: nothing is limited here.")
    var rate: LinkRate?

    @Option(help: "\(ClusterBenchmark.Way.allCases.map(\.rawValue).joined(separator: ",")). Default: all.")
    var ways: String?

    @Option(name: .customLong("set"), help: "key=value of the configuration; may be given many times.")
    var overrides: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        try BenchCommand.check(
            ("batch", batch, 1_048_576), ("microbatch", microbatch, 4096), ("threads", threads, 1024),
            ("rounds", rounds, 1_000_000))
        _ = try chosenWays
    }

    func run() throws {
        guard let known = StepBenchmark.Case(rawValue: name.uppercased()) else {
            throw ValidationError("no case \(name)")
        }
        let ways = try chosenWays
        JobGuard.launch { communicator in
            let cores = try Processors.perRank(communicator)
            try Processors.start(threads: threads ?? cores, cores: cores)
            let load = StepBenchmark.Load(known, batch: batch, microbatch: microbatch, ranks: communicator.size)
            let results = try ClusterBenchmark(
                load, ways: communicator.size == 1 ? [.alone] : ways, rounds: rounds, overrides: overrides,
                cores: Processors.allowed, gigabitsPerSecond: rate?.gigabitsPerSecond, communicator: communicator
            ).run()
            guard communicator.isRoot else { return ExitCode.done }
            if json { try BenchCommand.printJSON("cluster", results) } else { printBlock(Self.table(results)) }
            return ExitCode.done
        }
    }

    private var chosenWays: [ClusterBenchmark.Way] {
        get throws {
            guard let ways else { return ClusterBenchmark.Way.allCases }
            return try ways.split(separator: ",").map { word in
                guard let way = ClusterBenchmark.Way(rawValue: String(word)) else {
                    throw ValidationError(
                        "--ways: found '\(word)', expected some of "
                            + ClusterBenchmark.Way.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return way
            }
        }
    }

    private static func table(_ results: [ClusterBenchmark.Result]) -> String {
        var table = TableFormatter([
            .init("case"), .init("ranks"), .init("hosts"), .init("way"), .init("ms a step", .right), .init("±", .right),
            .init("images/s", .right), .init("to alone", .right), .init("in sums", .right),
            .init("not hidden", .right), .init("hidden", .right), .init("MB sent", .right),
        ])
        let alone = results.first { $0.way == .alone }
        let exposed = results.first { $0.way == .exposed }
        for result in results {
            func ms(_ seconds: Double) -> String { NumberText.fixed(seconds * 1000, 1) + " ms" }
            let hidden = exposed.map { exposed in
                NumberText.fixed((1 - result.notHiddenSeconds / exposed.notHiddenSeconds) * 100, 0) + " %"
            }
            table.add([
                result.name, "\(result.ranks) × \(result.threads)", "\(result.hosts)", result.way.rawValue,
                NumberText.fixed(result.secondsPerStep * 1000, 1), BenchCommand.spreadText(result.spread),
                NumberText.fixed(Double(result.batch) / result.secondsPerStep, 1),
                alone.map { NumberText.fixed(result.secondsPerStep / $0.secondsPerStep, 3) } ?? "",
                ms(result.communicationSeconds), ms(result.notHiddenSeconds),
                result.way == .alone ? "" : hidden ?? "", NumberText.fixed(result.bytesPerStep / 1e6, 1),
            ])
        }
        return table.text
    }
}
