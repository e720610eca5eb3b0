import Cluster
import Evaluation
import Kernels
import NumericalTesting
import Testing

/// Metrics do not depend on the number of threads.
@Suite struct ThreadInvarianceTests {
    @Test func theSameBitsOnAnyThreads() throws {
        let sets = [1, 2].map { TestImages(count: 70, resolution: 32, seed: $0) }
        var samples = Samples(seed: 3)
        let clustered = samples.floats(3000 * 70)
        func metrics() throws -> [Double] {
            let communicator = LoopbackCommunicator()
            let distance = try SlicedWasserstein(seed: 7).distance(
                real: sets[0].source(), fake: sets[1].source(), communicator: communicator)
            let similarity = try MultiScaleSimilarity(seed: 7).mean(of: sets[1].source(), communicator: communicator)
            let vectors = BufferView(clustered)
            let clusters = try KMeans(vectors, dimension: 70, settings: KMeans.Settings(clusters: 7), name: "vectors")
            let numbers = try clusters.assign(vectors, name: "vectors").map { Double($0) }
            return distance.levels.map(\.distance) + [similarity] + clusters.distances + numbers
        }
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let expected = try metrics()
        #expect(expected.count > 3003 && expected[..<4].allSatisfy { $0 > 0 })
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: 0)
            #expect(try metrics() == expected, "\(threads) threads")
        }
    }
}
