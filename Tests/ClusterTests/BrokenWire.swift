import Cluster
import Synchronization

/// Rank 0 of two, between which no sum succeeds.
final class BrokenWire: Communicator {
    let rank = 0
    let size = 2
    let localRank = 0
    let localSize = 2
    let board = ProgressBoard()
    let sums = Atomic(0)
    /// Sums that were tried.
    var count: Int { sums.load(ordering: .relaxed) }

    func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>, as sum: GradientSum) throws -> Int {
        sums.add(1, ordering: .relaxed)
        throw ClusterError(call: "MPI_Irecv", reason: "broken")
    }
    func sumOfBatch(_ values: UnsafeMutableBufferPointer<Float>) throws -> Int {
        sums.add(1, ordering: .relaxed)
        throw ClusterError(call: "MPI_Irecv", reason: "broken")
    }
    func barrier() {}
    func broadcast(_ bytes: [UInt8], from root: Int) -> [UInt8] { bytes }
    func gather(_ bytes: [UInt8], to root: Int) -> [[UInt8]]? { [bytes, bytes] }
    func allGather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes, bytes] }
    func maximum(_ values: [Int64]) -> [Int64] { values }
    func abort(_ code: Int32) -> Never { fatalError("aborted") }
    func finalize() {}
}
