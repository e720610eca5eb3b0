import Cluster
import Kernels
import Reporting

/// Measures the sum over ranks that training uses against MPI's own.
public struct SumBenchmark {
    /// One entry of `ganglion bench allreduce --json`.
    public struct Result: Codable, Sendable {
        public var ranks: Int
        public var hosts: Int
        /// Of each rank's values.
        public var bytes: Int
        /// More ranks than cores: then times are mostly those of waiting for a core. Whoever started the ranks knows.
        public var isOversubscribed = false
        public var repetitions: Int
        /// Along the fixed tree, which gives the same bits on any number of ranks.
        public var tree: Sum
        /// `MPI_Allreduce`.
        public var mpi: Sum
        /// MPI's time over the tree's: above 1 the tree is faster.
        public var ratio: Double

        enum CodingKeys: String, CodingKey {
            case ranks, hosts, bytes, repetitions, tree, mpi, ratio
            case isOversubscribed = "oversubscribed"
        }
    }

    public struct Sum: Codable, Sendable {
        /// Median.
        public var milliseconds: Double
        public var spread: Double
        /// Bytes of one rank over time.
        public var gigabytesPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case milliseconds, spread
            case gigabytesPerSecond = "gb_per_second"
        }

        init(_ timings: Timings, bytes: Int) {
            milliseconds = timings.median * 1000
            spread = timings.spread
            gigabytesPerSecond = Double(bytes) / timings.median / 1e9
        }
    }

    /// From a layer's gradient to all of a large network.
    public static let usualSizes = [1 << 16, 1 << 20, 1 << 22, 1 << 24, 1 << 26]
    private static let repetitions = (fewest: 5.0, most: 500.0)

    private let communicator: MPICommunicator
    private let sizes: [Int]
    private let seconds: Double

    /// - Parameters:
    ///   - sizes: in bytes, of each rank's values.
    ///   - seconds: to measure each size for.
    public init(_ communicator: MPICommunicator, sizes: [Int] = usualSizes, seconds: Double) {
        self.communicator = communicator
        self.sizes = sizes
        self.seconds = seconds
    }

    /// Collective.
    public func run() throws -> [Result] { try sizes.map(measure) }

    private func measure(bytes: Int) throws -> Result {
        let hosts = Set(try communicator.hostNames()).count
        let values = BufferView(count: bytes / MemoryLayout<Float>.stride)
        let tree = { try values.withUnsafeElements { try communicator.sumAlongTree($0) } }
        let mpi = { try values.withUnsafeElements { try communicator.sumByMPI($0) } }
        for (name, sum) in [("the tree", tree), ("MPI_Allreduce", mpi)] { try check(name, sum, values) }
        // Sums of zeros stay what they are.
        Elementwise.fill(values, with: 0)
        // MPI sets up its connections and buffers when they are first used.
        for _ in 0..<2 { _ = (try time(tree), try time(mpi)) }
        let pair = try slowest([try time(tree) + time(mpi)])[0]
        let repetitions = Int(max(Self.repetitions.fewest, min(Self.repetitions.most, seconds / pair)))
        var times = (tree: [Double](), mpi: [Double]())
        for _ in 0..<repetitions {
            times.tree.append(try time(tree))
            times.mpi.append(try time(mpi))
        }
        let sums = (tree: Timings(try slowest(times.tree)), mpi: Timings(try slowest(times.mpi)))
        return Result(
            ranks: communicator.size, hosts: hosts, bytes: bytes, repetitions: repetitions,
            tree: Sum(sums.tree, bytes: bytes), mpi: Sum(sums.mpi, bytes: bytes),
            ratio: sums.mpi.median / sums.tree.median)
    }

    /// What is fast must also be right.
    private func check(_ name: String, _ sum: () throws -> Void, _ values: BufferView) throws {
        Elementwise.fill(values, with: 1)
        try sum()
        let expected = Float(communicator.size)
        guard let wrong = values.array.first(where: { $0 != expected }) else { return }
        throw ClusterError(call: name, reason: "ones of \(communicator.size) ranks add up to \(wrong)")
    }

    private func time(_ sum: () throws -> Void) throws -> Double {
        try communicator.barrier()
        let watch = Stopwatch()
        try sum()
        return watch.seconds
    }

    /// Each time of the rank that took longest, the same numbers on all.
    private func slowest(_ times: [Double]) throws -> [Double] {
        try communicator.maximum(times.map { Int64($0 * 1e9) }).map { Double(max(1, $0)) * 1e-9 }
    }
}
