import CSystem
import Cluster
import Foundation
import Kernels

/// The cores of this node and how its ranks share them.
enum Processors {
    /// Cores that this process may run on.
    static var allowed: Int { Int(csystem_allowed_processors()) }

    /// Cores for each rank: its own where the launcher bound it, else its share of the node's.
    static func perRank(_ communicator: any Communicator) -> Int {
        let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let isBound = allowed < online
        return max(1, isBound ? allowed : allowed / communicator.localSize)
    }

    /// Starts the workers. They poll before they sleep only where no rank shares its cores.
    static func start(threads: Int, _ communicator: any Communicator) throws {
        let isShared = threads > perRank(communicator)
        try Workers.start(threads: threads, spin: isShared ? 0 : 20_000)
    }
}
