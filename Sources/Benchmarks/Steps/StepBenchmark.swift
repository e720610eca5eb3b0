import Training
import Autodiff
import Cluster
import Configuration
import Kernels
import Recipes
import Reporting

/// Measures a training step on random images.
public struct StepBenchmark {
    /// One entry of `ganglion bench step --json`.
    public struct Result: Codable, Sendable {
        public var name: String
        public var resolution: Int
        public var batch: Int
        public var microbatch: Int
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
        /// Of a matrix product of 1024³, on all threads of all ranks together, in the same run.
        public var peakGflops: Double
        /// Of the rank that takes most, as the others.
        public var peakRssMb: Double
        /// After the first repetition.
        public var rssFirstMb: Double
        /// After the last repetition.
        public var rssLastMb: Double
        /// From the one to the other: memory that is not given back.
        public var rssGrowthMb: Double
        /// Of rank 0, where one was asked for.
        public var profile: StepProfile?

        enum CodingKeys: String, CodingKey {
            case name = "case"
            case resolution, batch, microbatch, ranks, threads, seconds, spread, profile
            case imagesPerSecond = "images_per_second"
            case effectiveGflops = "effective_gflops"
            case peakGflops = "peak_gflops"
            case peakRssMb = "peak_rss_mb"
            case rssFirstMb = "rss_first_mb"
            case rssLastMb = "rss_last_mb"
            case rssGrowthMb = "rss_growth_mb"
        }
    }

    private let load: Load
    private let repetitions: Int
    private let communicator: any Communicator
    private let isProfiled: Bool

    public init(_ load: Load, repetitions: Int, communicator: any Communicator, isProfiled: Bool = false) {
        self.load = load
        self.repetitions = repetitions
        self.communicator = communicator
        self.isProfiled = isProfiled
    }

    /// Collective. Times are those of each rank's own clock; rank 0's are the ones to print.
    public func run() throws -> Result {
        let configuration = try load.configuration(ranks: communicator.size, cores: Workers.count)
        let peak = try sum(KernelBenchmark.peakGflops())
        let data = RandomData(configuration)
        let engine = StepEngine(configuration, datasetLabels: data.datasetLabels, communicator: communicator)
        let real = data.reals(batches: engine.schedule.realBatches)
        let operations = try warmUp(engine, real)
        var steps = Timings()
        var phases: [String: Timings] = [:]
        var resident: [Double] = []
        var logs: [(seconds: Double, log: OperationProfile.Log)] = []
        if isProfiled { OperationProfile.start() }
        defer { if isProfiled { OperationProfile.stop() } }
        for _ in 0..<repetitions {
            try communicator.barrier()
            let report = try engine.run(phases: engine.schedule.keys, real: real)
            let step = StepTime(report, engine.schedule)
            steps.add(step.seconds)
            if isProfiled { logs.append((step.seconds, OperationProfile.take())) }
            for key in engine.schedule.keys {
                phases[key.description, default: Timings()].add(report.seconds[key] ?? 0)
            }
            phases["optimizer", default: Timings()].add(
                report.averageSeconds + (report.optimizerSeconds + report.communication.waitedSeconds)
                    * step.phasesPerStep / Double(engine.schedule.keys.count))
            resident.append(Double(ProcessMemory.residentBytes) / 1e6)
        }
        let (first, last) = (resident.first ?? 0, resident.last ?? 0)
        return Result(
            name: load.name.rawValue, resolution: configuration.resolution, batch: configuration.batch,
            microbatch: configuration.microbatch, ranks: communicator.size, threads: Workers.count,
            imagesPerSecond: Double(configuration.batch * engine.schedule.shownBatches) / steps.median,
            spread: steps.spread,
            seconds: phases.mapValues(\.median), effectiveGflops: try sum(operations) / steps.median / 1e9,
            peakGflops: peak, peakRssMb: try maximum(Double(ProcessMemory.peakResidentBytes)) / 1e6,
            rssFirstMb: try maximum(first), rssLastMb: try maximum(last), rssGrowthMb: try maximum(last - first),
            profile: isProfiled
                ? StepProfile(Self.middle(logs.map(\.log), by: logs.map(\.seconds)), engine.schedule) : nil)
    }

    /// The first steps pay for fresh memory. A single repetition, of a case that takes minutes, has one such step.
    ///
    /// - Returns: operations of a mean step on this rank.
    private func warmUp(_ engine: StepEngine, _ real: RealBatch) throws -> Double {
        var operations = 0.0
        for key in engine.schedule.keys {
            let before = OperationCount.convolutions
            _ = try engine.run(phases: [key], real: real)
            operations += Double(OperationCount.convolutions - before) * engine.schedule.frequency(of: key)
        }
        for _ in 0..<min(2, repetitions - 1) { _ = try engine.run(phases: engine.schedule.keys, real: real) }
        return operations
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
        try communicator.allGather([value], total: communicator.size)
    }
}
