import Failure
import Foundation
import Storage

/// Measured steps, in the terms of ``ScalingModel``.
public struct ScalingData: Sendable {
    /// A measured step with sums.
    public struct Point: Sendable {
        public var way: ClusterBenchmark.Way
        public var threads: Int
        public var load: ScalingModel.Load
        /// Of the step.
        public var seconds: Double

        public init(way: ClusterBenchmark.Way, threads: Int, load: ScalingModel.Load, seconds: Double) {
            self.way = way
            self.threads = threads
            self.load = load
            self.seconds = seconds
        }
    }

    /// What a step takes on one rank that has a machine to itself: `fixed + perImage · images`, in seconds.
    public struct Compute: Codable, Sendable, Equatable {
        public var threads: Int
        public var microbatch: Int
        /// Optimiser and averages, whatever the batch.
        public var fixed: Double
        public var perImage: Double
        /// Most images that were measured.
        public var images: Int

        enum CodingKeys: String, CodingKey {
            case threads, microbatch, images
            case fixed = "fixed_seconds"
            case perImage = "seconds_per_image"
        }

        public init(threads: Int, microbatch: Int, fixed: Double, perImage: Double, images: Int) {
            self.threads = threads
            self.microbatch = microbatch
            self.fixed = fixed
            self.perImage = perImage
            self.images = images
        }

        public func seconds(images: Int) -> Double { fixed + perImage * Double(images) }
    }

    public let name: String
    public let points: [Point]
    public let compute: Compute
    /// Of a step, in full precision.
    public let gradientBytes: Double
    /// Buckets of a step, where they were largest.
    public let sums: Double

    /// - Parameter jobs: the results of each job, whose ways were measured by turns.
    /// - Throws: ``ScalingError`` where they do not belong together, or lack what the model needs.
    public init(_ jobs: [[ClusterBenchmark.Result]]) throws {
        for result in jobs.joined() { try Self.check(result) }
        let names = Set(jobs.joined().map(\.name))
        guard let name = names.first, names.count == 1 else {
            throw ScalingError(
                found: names.isEmpty ? "no results" : "results of " + names.sorted().joined(separator: ", "),
                expected: "those of one case")
        }
        self.name = name
        let limit = { (point: Point) in point.load.gigabitsPerSecond ?? .infinity }
        points = try jobs.flatMap(Self.points).sorted {
            ($0.load.ranks, limit($1), $0.way.rawValue) < ($1.load.ranks, limit($0), $1.way.rawValue)
        }
        // Smaller buckets than usual are only there to tell latency from the rest.
        let withSums = jobs.joined().filter { $0.sumsPerStep > 0 }
        guard !points.isEmpty, let sample = withSums.min(by: { $0.sumsPerStep < $1.sumsPerStep }) else {
            throw ScalingError(
                found: "no steps with sums",
                expected: "results of several ranks, one to a host: mpirun … ganglion bench cluster --json")
        }
        gradientBytes = sample.gradientBytesPerStep
        sums = sample.sumsPerStep
        compute = try Self.compute(jobs.joined().filter { $0.way == .alone && $0.ranks == 1 })
    }

    /// Files may hold anything; what is computed with them must neither overflow nor divide by zero.
    private static func check(_ result: ClusterBenchmark.Result) throws {
        let counts = [
            ("ranks", result.ranks), ("hosts", result.hosts), ("machines", result.machines), ("cores", result.cores),
            ("threads", result.threads), ("batch", result.batch), ("microbatch", result.microbatch),
        ]
        for (name, value) in counts where !(1...1_048_576).contains(value) {
            throw ScalingError(found: "\(name) \(value)", expected: "1 to 1048576")
        }
        let sizes = [("seconds_per_step", result.secondsPerStep), ("gbit_per_second", result.gigabitsPerSecond ?? 1)]
        for (name, value) in sizes where !(1e-9...1e9).contains(value) {
            throw ScalingError(found: "\(name) \(value)", expected: "1e-9 to 1e9")
        }
        let amounts = [
            ("sums_per_step", result.sumsPerStep), ("bytes_per_step", result.bytesPerStep),
            ("gradient_bytes_per_step", result.gradientBytesPerStep),
        ]
        for (name, value) in amounts where !(0...1e18).contains(value) {
            throw ScalingError(found: "\(name) \(value)", expected: "0 to 1e18")
        }
    }

    private static func points(_ job: [ClusterBenchmark.Result]) throws -> [Point] {
        let withSums = job.filter { $0.way != .alone && $0.ranks > 1 }
        guard !withSums.isEmpty else { return [] }
        guard let alone = job.first(where: { $0.way == .alone }) else {
            throw ScalingError(
                found: "\(withSums[0].ranks) ranks without 'alone'", expected: "it beside the other ways")
        }
        return try withSums.map { result in
            guard result.hosts == result.ranks, result.ranks & (result.ranks - 1) == 0 else {
                throw ScalingError(
                    found: "\(result.ranks) ranks on \(result.hosts) hosts",
                    expected: "one rank to a host, and a power of two")
            }
            let ranks = Double(result.ranks)
            let cores = Double(result.machines * result.cores)
            return Point(
                way: result.way, threads: result.threads,
                load: ScalingModel.Load(
                    ranks: result.ranks, computeSeconds: alone.secondsPerStep,
                    microbatchSeconds: alone.secondsPerStep * Double(result.microbatch) * ranks / Double(result.batch),
                    gradientBytes: result.bytesPerStep * ranks / (2 * (ranks - 1)), sums: result.sumsPerStep,
                    gigabitsPerSecond: result.gigabitsPerSecond,
                    ranksPerCore: max(1, ranks * Double(result.threads) / cores)),
                seconds: result.secondsPerStep)
        }
    }

    /// The line through steps of one rank, of those with most threads; least squares of relative errors.
    private static func compute(_ alone: [ClusterBenchmark.Result]) throws -> Compute {
        let threads = alone.map(\.threads).max() ?? 0
        let steps = alone.filter { $0.threads == threads }
        guard let first = steps.first, steps.allSatisfy({ $0.microbatch == first.microbatch }) else {
            throw ScalingError(
                found: steps.isEmpty ? "no step of one rank" : "steps of one rank with several microbatches",
                expected: "results of one rank, best with several batches of one microbatch")
        }
        // (fixed · u + perImage · v − 1)² with u = 1 / seconds and v = images / seconds.
        var (uu, uv, vv, u, v) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for step in steps {
            let (a, b) = (1 / step.secondsPerStep, Double(step.batch) / step.secondsPerStep)
            (uu, uv, vv, u, v) = (uu + a * a, uv + a * b, vv + b * b, u + a, v + b)
        }
        let determinant = uu * vv - uv * uv
        let fixed = determinant > 1e-9 * uu * vv ? max(0, (u * vv - v * uv) / determinant) : 0
        return Compute(
            threads: threads, microbatch: first.microbatch, fixed: fixed, perImage: (v - fixed * uv) / vv,
            images: steps.map(\.batch).max() ?? first.batch)
    }
}

/// Results that no model can be fitted to.
public struct ScalingError: ExitCoded, CustomStringConvertible {
    public let found: String
    public let expected: String
    public let exitCode = ExitCode.badData

    public init(found: String, expected: String) {
        self.found = found
        self.expected = expected
    }

    public var description: String { "scaling: found \(found); expected \(expected)" }
}
