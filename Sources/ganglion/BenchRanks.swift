import ArgumentParser
import Failure
import Foundation
import Storage

/// A way of using the cores: ranks, and threads of each.
struct BenchWay: Equatable {
    var ranks: Int
    var threads: Int

    /// One rank with one thread, one rank with all, one rank for each core.
    static func all(cores: Int) -> [BenchWay] {
        var ways = [BenchWay(ranks: 1, threads: 1)]
        guard cores > 1 else { return ways }
        ways.append(BenchWay(ranks: 1, threads: cores))
        var ranks = 1
        while ranks * 2 <= min(cores, 8) { ranks *= 2 }
        ways.append(BenchWay(ranks: ranks, threads: cores / ranks))
        return ways
    }

    /// Reads `RANKSxTHREADS,…`.
    static func parse(_ text: String) throws -> [BenchWay] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { way in
            let numbers = way.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let ranks = numbers[0], let threads = numbers[1], (1...64).contains(ranks),
                (1...1024).contains(threads)
            else {
                throw ValidationError(
                    "--ways \(text): found '\(way)', expected RANKSxTHREADS (1 to 64, 1 to 1024), such as 1x1,1x2,2x1")
            }
            return BenchWay(ranks: ranks, threads: threads)
        }
    }
}

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

/// A measuring process that gave no result.
struct BenchFailure: ExitCoded, CustomStringConvertible {
    let command: String
    let status: Int32
    /// As the system does with those that take all memory.
    let wasKilled: Bool
    let exitCode = ExitCode.internalError
    var description: String {
        "`\(command)` \(wasKilled ? "was killed by signal" : "ended with") \(status) and measured nothing; "
            + (wasKilled ? "memory may have run out" : "what it says above tells why")
    }
}
