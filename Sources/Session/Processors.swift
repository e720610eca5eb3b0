import CSystem
import Cluster
import Foundation
import Kernels

/// The cores of this node and how its ranks share them.
public enum Processors {
    /// Cores that this process may run on.
    public static var allowed: Int { Int(csystem_allowed_processors()) }

    /// Cores for each rank: those it may run on, shared with the ranks of its node that may run on the same.
    ///
    /// Collective.
    public static func perRank(_ communicator: any Communicator) throws -> Int {
        let place = RankDiagnostics.hostName + " " + cores
        let sharers = try communicator.allGather(Array(place.utf8)).count { $0 == Array(place.utf8) }
        return max(1, allowed / sharers)
    }

    /// Starts the workers. They poll before they sleep only where no rank shares its cores.
    ///
    /// - Parameter cores: what `perRank` gave.
    public static func start(threads: Int, cores: Int) throws {
        try Workers.start(threads: threads, spin: spin(threads: threads, cores: cores))
    }

    /// How long they poll.
    public static func spin(threads: Int, cores: Int) -> Int { threads > cores ? 0 : 20_000 }

    /// The cores that this process may run on, as Linux writes them: "0-3,8".
    private static var cores: String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }.map(String.init) ?? ""
    }
}
