import Cluster
import Foundation

extension TrainingState {
    /// Collective. Every rank takes over the state that rank 0 has read or drawn.
    public func share(_ communicator: any Communicator) throws {
        guard communicator.size > 1 else { return }
        let own = communicator.isRoot ? Array(try JSONEncoder().encode(counters)) : []
        counters = try JSONDecoder().decode(
            TrainingCounters.self, from: Data(try communicator.broadcast(own, from: 0)))
        for tensor in tensors {
            try tensor.view.withUnsafeElements { try communicator.broadcast($0, from: 0) }
        }
        didChange()
    }
}
