import Foundation
import Session

/// Runs a part of a bench in ranks of its own, so that the peak of memory is its own too.
struct BenchRanks {
    let way: BenchWay
    /// More threads than cores: ranks that wait must let others have the core.
    let isOversubscribed: Bool

    init(_ way: BenchWay) {
        self.way = way
        isOversubscribed = way.ranks * way.threads > Processors.allowed
    }

    /// What rank 0 of `ganglion bench` with these arguments prints, a JSON object.
    func result<Result: Decodable>(of arguments: [String]) throws -> Result {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let rank = [own, "bench"] + arguments
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = way.ranks == 1 ? rank : launcher + rank
        // Ranks of one machine need no network. Open MPI 5 would complain of one that leads nowhere.
        process.environment = ["OMPI_MCA_btl": "self,vader"].merging(ProcessInfo.processInfo.environment) { $1 }
            .merging(["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0,
            let result = try? JSONDecoder().decode(Result.self, from: output)
        else {
            throw BenchFailure(
                command: process.arguments?.joined(separator: " ") ?? "", status: process.terminationStatus,
                wasKilled: process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        }
        return result
    }

    private var launcher: [String] {
        ["mpirun", "-np", "\(way.ranks)"]
            + (isOversubscribed
                ? ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]
                : ["--map-by", "slot:pe=\(way.threads)", "--bind-to", "core"])
    }
}
