import ArgumentParser
import Benchmarks
import Reporting

extension LinkRate: ExpressibleByArgument {}

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
        _ = try asUsage { try ways.map(ClusterBenchmark.ways(in:)) }
    }

    func run() throws {
        guard let known = StepBenchmark.Case(rawValue: name.uppercased()) else {
            throw ValidationError("no case \(name)")
        }
        let chosen = try asUsage { try ways.map(ClusterBenchmark.ways(in:)) } ?? ClusterBenchmark.Way.allCases
        ClusterBenchmark.launch(
            known, batch: batch, microbatch: microbatch, threads: threads, ways: chosen, rounds: rounds,
            overrides: overrides, rate: rate
        ) { printBlock(json ? try BenchJSON.text("cluster", $0) : ClusterText.text($0)) }
    }
}
