import Cluster
import Failure
import Session

extension ClusterBenchmark {
    /// Reads names of ways, separated by commas.
    public static func ways(in text: String) throws(UsageError) -> [Way] {
        var ways: [Way] = []
        for word in text.split(separator: ",") {
            guard let way = Way(rawValue: String(word)) else {
                throw UsageError(
                    "--ways: found '\(word)', expected some of "
                        + Way.allCases.map(\.rawValue).joined(separator: ", "))
            }
            ways.append(way)
        }
        return ways
    }

    /// Joins the job, measures the case on its ranks, and exits.
    ///
    /// - Parameters:
    ///   - threads: of a rank; nil for its share of the cores.
    ///   - show: takes what was found, on rank 0.
    public static func launch(
        _ known: StepBenchmark.Case, batch: Int?, microbatch: Int?, threads: Int?, ways: [Way], rounds: Int,
        overrides: [String], rate: LinkRate?, _ show: ([Result]) throws -> Void
    ) -> Never {
        JobGuard.launch { communicator in
            let cores = try Processors.perRank(communicator)
            try Processors.start(threads: threads ?? cores, cores: cores)
            let load = StepBenchmark.Load(known, batch: batch, microbatch: microbatch, ranks: communicator.size)
            let results = try ClusterBenchmark(
                load, ways: communicator.size == 1 ? [.alone] : ways, rounds: rounds, overrides: overrides,
                cores: Processors.allowed, gigabitsPerSecond: rate?.gigabitsPerSecond, communicator: communicator
            ).run()
            if communicator.isRoot { try show(results) }
            return ExitCode.done
        }
    }
}
