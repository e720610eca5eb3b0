import Cluster
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
        #expect(wire.count == 1)
    }
}
