import Cluster
import Synchronization
import Testing

@Suite struct SumQueueTests {
    /// The ranks no longer agree on what comes next: another sum would wait for ever, and hide the cause.
    @Test(arguments: [false, true]) func afterAFailedSumNoneIsMade(overlaps: Bool) throws {
        let wire = BrokenWire()
        let queue = SumQueue(wire, overlaps: overlaps)
        let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
        values.initialize(repeating: 1)
        defer { values.deallocate() }
        queue.submit(values)
        #expect(throws: ClusterError.self) { _ = try queue.wait() }
        queue.submit(values)
        queue.submit(values)
        #expect(throws: ClusterError.self) { _ = try queue.wait() }
        #expect(wire.sums.load(ordering: .relaxed) == 1)
    }
}

/// Rank 0 of two, between which no sum succeeds.
private final class BrokenWire: Communicator {
    let rank = 0
    let size = 2
    let localRank = 0
    let localSize = 2
    let board = ProgressBoard()
    let sums = Atomic(0)

    func sumAlongTree(_ values: UnsafeMutableBufferPointer<Float>, as sum: GradientSum) throws -> Int {
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
