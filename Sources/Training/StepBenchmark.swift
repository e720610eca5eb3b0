import Cluster
import Configuration
import Foundation
import Models
import Reporting

/// Measures a training step on random images.
public struct StepBenchmark {
    /// The configurations that figures are compared on.
    public enum Case: String, CaseIterable, Sendable, Codable {
        /// 32², batch 16, GGDR at 8².
        case r32 = "R32"
        /// 64², batch 8, GGDR at 16².
        case r64 = "R64"

        var resolution: Int { self == .r32 ? 32 : 64 }

        var overrides: [String] {
            let common = [
                "preset=quick", "model.channel_max=128", "model.z_dim=128", "model.w_dim=128",
                "model.mapping_layers=2",
            ]
            return common
                + (self == .r32
                    ? ["batch=16", "microbatch=8", "model.channel_base=4096"]
                    : ["batch=8", "microbatch=4", "model.channel_base=8192"])
        }
    }

    /// One entry of `ganglion bench step --json`.
    public struct Result: Codable, Sendable {
        public var name: String
        public var ranks: Int
        /// Per rank.
        public var threads: Int
        public var imagesPerSecond: Double
        /// Half the spread of the middle half of the repetitions, relative.
        public var spread: Double
        /// Median seconds of a phase; `optimizer` of a mean step, communication included.
        public var seconds: [String: Double]
        /// Arithmetic of direct convolutions over time.
        public var effectiveGflops: Double
        /// Of sgemm on 1024³, on all threads of all ranks together, in the same run.
        public var peakGflops: Double
        public var peakRssMb: Double
        /// Of rank 0, where one was asked for.
        public var profile: StepProfile?

        enum CodingKeys: String, CodingKey {
            case name = "case"
            case ranks, threads, seconds, spread, profile
            case imagesPerSecond = "images_per_second"
            case effectiveGflops = "effective_gflops"
            case peakGflops = "peak_gflops"
            case peakRssMb = "peak_rss_mb"
        }
    }

    private let name: Case
    private let repetitions: Int
    private let communicator: any Communicator
    private let isProfiled: Bool

    public init(_ name: Case, repetitions: Int, communicator: any Communicator, isProfiled: Bool = false) {
        self.name = name
        self.repetitions = repetitions
        self.communicator = communicator
        self.isProfiled = isProfiled
    }

    /// Collective. Times are those of each rank's own clock; rank 0's are the ones to print.
    public func run() throws -> Result {
        let configuration = try Configuration.load(overrides: name.overrides).resolve(
            resolution: name.resolution, channels: 3, classes: 0, ranks: communicator.size,
            coresPerRank: Workers.count)
        let peak = try sum(Self.peakGflops())
        let trainer = Trainer(configuration, datasetLabels: nil, communicator: communicator)
        let real = RealBatch(
            images: (0..<configuration.microbatchesPerRank).map { k in
                Randomizer(seed: 1).normals(
                    .sheet, step: 0, samples: k * configuration.microbatch..<(k + 1) * configuration.microbatch,
                    shape: [name.resolution, name.resolution, 3])
            })
        // The first steps pay for fresh memory.
        for _ in 0..<2 { _ = try trainer.run(phases: Phase.allCases, real: real) }
        var steps: [Double] = []
        var phases: [String: [Double]] = [:]
        var operations = [Phase: Int]()
        for phase in Phase.allCases {
            let before = OperationCount.convolutions
            _ = try trainer.run(phases: [phase], real: real)
            operations[phase] = OperationCount.convolutions - before
        }
        if isProfiled { OperationProfile.start() }
        defer { if isProfiled { OperationProfile.stop() } }
        var logs: [OperationProfile.Log] = []
        for _ in 0..<repetitions {
            try communicator.barrier()
            let report = try trainer.run(phases: Phase.allCases, real: real)
            let step = StepTime(report, trainer.schedule)
            steps.append(step.seconds)
            if isProfiled { logs.append(OperationProfile.take()) }
            for phase in Phase.allCases { phases[phase.name, default: []].append(report.seconds[phase] ?? 0) }
            phases["optimizer", default: []].append(
                report.averageSeconds + (report.optimizerSeconds + report.communicationSeconds) * step.phasesPerStep
                    / Double(Phase.allCases.count))
        }
        let median = Self.quantile(steps, 0.5)
        let work = try sum(
            Double(
                operations.reduce(0) { sum, entry in
                    sum + Int(Double(entry.value) * StepTime.frequency(of: entry.key, trainer.schedule))
                }))
        return Result(
            name: name.rawValue, ranks: communicator.size, threads: Workers.count,
            imagesPerSecond: Double(configuration.batch) / median,
            spread: (Self.quantile(steps, 0.75) - Self.quantile(steps, 0.25)) / 2 / median,
            seconds: phases.mapValues { Self.quantile($0, 0.5) }, effectiveGflops: work / median / 1e9,
            peakGflops: peak, peakRssMb: try maximum(Double(ProcessMemory.peakResidentBytes)) / 1e6,
            profile: isProfiled ? StepProfile(Self.middle(logs, by: steps), trainer.schedule) : nil)
    }

    /// sgemm of 1024³, best of several, on all threads.
    static func peakGflops() -> Double {
        let n = 1024
        let a = Randomizer(seed: 2).normals(.sheet, step: 0, samples: 0..<n, shape: [n]).view
        let out = BufferView(count: n * n)
        var best = Double.infinity
        for _ in 0..<8 {
            let watch = Stopwatch()
            MatrixProduct.multiply(a, a, into: out, rows: n, columns: n, depth: n)
            best = min(best, watch.seconds)
        }
        return 2 * Double(n * n * n) / best / 1e9
    }

    package static func quantile(_ values: [Double], _ q: Double) -> Double {
        let sorted = values.sorted()
        let position = q * Double(sorted.count - 1)
        let low = Int(position)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (position - Double(low))
    }

    /// The half of the steps whose times lie in the middle: a profile adds up, so it is a mean, and a few steps that
    /// something else disturbed should not be in it.
    package static func middle<Step>(_ steps: [Step], by seconds: [Double]) -> [Step] {
        let order = seconds.indices.sorted { seconds[$0] < seconds[$1] }
        let cut = steps.count / 4
        return order[cut..<(steps.count - cut)].map { steps[$0] }
    }

    private func sum(_ value: Double) throws -> Double { try gathered(value).reduce(0, +) }
    private func maximum(_ value: Double) throws -> Double { try gathered(value).max() ?? value }

    private func gathered(_ value: Double) throws -> [Double] {
        try communicator.allGather(withUnsafeBytes(of: value) { Array($0) }).map { bytes in
            bytes.withUnsafeBytes { $0.loadUnaligned(as: Double.self) }
        }
    }
}
