import Cluster
import Failure
import Session

extension SumBenchmark {
    /// Ranks that a core is shared by at most.
    private static let mostPerCore = 4

    /// Starts 2 and 4 ranks on this machine, which measure.
    ///
    /// - Parameters:
    ///   - sizes: bytes as ``SumText/sizes(in:)`` reads them; nil for the usual ones.
    ///   - seconds: for about so long each.
    public static func onThisMachine(sizes: String?, seconds: Double) throws -> [Result] {
        var results: [Result] = []
        for count in [2, 4] where count <= mostPerCore * Processors.allowed {
            let ranks = BenchRanks(BenchWay(ranks: count, threads: 1))
            var report: [String: [Result]] = try ranks.result(
                of: ["allreduce", "--json", "--seconds", "\(seconds)"] + (sizes.map { ["--sizes", $0] } ?? []))
            var measured = report.removeValue(forKey: "allreduce") ?? []
            for k in measured.indices { measured[k].isOversubscribed = ranks.isOversubscribed }
            results += measured
        }
        return results
    }

    /// Joins the job that mpirun has started, measures its ranks, and exits.
    ///
    /// - Parameter show: takes what was found, on rank 0.
    public static func launchAsRank(sizes: [Int], seconds: Double, _ show: ([Result]) throws -> Void) -> Never {
        JobGuard.launch { communicator in
            guard let communicator = communicator as? MPICommunicator else {
                throw ClusterError(
                    call: "bench allreduce", reason: "a rank must be started by mpirun", exitCode: ExitCode.usage)
            }
            let results = try SumBenchmark(communicator, sizes: sizes, seconds: seconds).run()
            if communicator.isRoot { try show(results) }
            return ExitCode.done
        }
    }
}
