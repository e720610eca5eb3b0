import Cluster
import Evaluation
import Kernels
import Testing

/// Metrics do not depend on the number of threads.
@Suite struct ThreadInvarianceTests {
    @Test func theSameBitsOnAnyThreads() throws {
        let sets = [1, 2].map { TestImages(count: 70, resolution: 32, seed: $0) }
        func metrics() throws -> [Double] {
            let communicator = LoopbackCommunicator()
            let distance = try SlicedWasserstein(seed: 7).distance(
                real: sets[0].source(), fake: sets[1].source(), communicator: communicator)
            let similarity = try MultiScaleSimilarity(seed: 7).mean(of: sets[1].source(), communicator: communicator)
            return distance.levels.map(\.distance) + [similarity]
        }
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let expected = try metrics()
        #expect(expected.count == 3 && expected.allSatisfy { $0 > 0 })
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: 0)
            #expect(try metrics() == expected, "\(threads) threads")
        }
    }
}
