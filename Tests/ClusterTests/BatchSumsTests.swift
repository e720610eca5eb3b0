import Cluster
import Testing

@Suite struct BatchSumsTests {
    private static let microbatches = 8
    private static let lengths = [1, 130, 5000]

    /// Numbers of very different size: their sum tells the order of summation.
    private static func number(_ microbatch: Int, _ element: Int) -> Float {
        let word = UInt32(truncatingIfNeeded: (microbatch * 7919 + element) &* 0x9E37_79B9)
        return (Float(word >> 8) * 0x1p-24 - 0.5) * Float(1 << (word & 15))
    }

    /// The sums of a rank, while a queue sums gradients on its thread.
    private static func sums(_ communicator: any Communicator) throws -> [[UInt32]] {
        let queue = SumQueue(communicator)
        let gradients = UnsafeMutableBufferPointer<Float>.allocate(capacity: 300_000)
        gradients.initialize(repeating: 1)
        defer { gradients.deallocate() }
        let sums = BatchSums(communicator, microbatches: microbatches)
        let own = microbatches / communicator.size
        var found: [[UInt32]] = []
        for length in lengths + lengths {
            queue.submit(gradients)
            var total = [Float](repeating: 0, count: length)
            total.withUnsafeMutableBufferPointer { total in
                sums.sum(into: total, leaves: own) { leaf, target in
                    for i in target.indices { target[i] = number(communicator.rank * own + leaf, i) }
                }
            }
            try sums.check()
            found.append(total.map(\.bitPattern))
        }
        _ = try queue.wait()
        #expect(sums.takeCost().sums == 2 * lengths.count)
        #expect(sums.takeCost() == BatchSums.Cost())
        return found
    }

    @Test func haveTheSameBitsOnAnyNumberOfRanks() throws {
        let alone = try Self.sums(LoopbackCommunicator())
        #expect(alone.prefix(3) == alone.suffix(3))
        let tree = SummationTree(count: 130)
        for k in 0..<Self.microbatches { tree.add((0..<130).map { Self.number(k, $0) }) }
        #expect(alone[1] == tree.total().map(\.bitPattern))
        for size in [2, 4, 8] {
            for found in try LoopbackGroup(size: size).run(Self.sums) { #expect(found == alone, "\(size) ranks") }
        }
    }

    /// No layer goes on with half a sum, and no other rank is asked for another.
    @Test func afterAFailedSumAllAreNone() throws {
        let wire = BrokenWire()
        let sums = BatchSums(wire, microbatches: 2)
        try sums.check()
        for _ in 0..<2 {
            var total: [Float] = [0, 0]
            total.withUnsafeMutableBufferPointer { total in
                sums.sum(into: total, leaves: 1) { _, target in target.update(repeating: 1) }
            }
            #expect(total.allSatisfy { $0.isNaN })
            #expect(throws: ClusterError.self) { try sums.check() }
        }
        #expect(wire.count == 1)
    }
}
