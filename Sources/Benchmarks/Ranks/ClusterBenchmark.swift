import Recipes
import Training
import Cluster
import Configuration
import Kernels
import Layers
import Reporting

/// Measures steps of the true schedule on the ranks of a job, in several ways of summing gradients by turns.
public struct ClusterBenchmark {
    /// A way of taking a step.
    public enum Way: String, CaseIterable, Codable, Sendable {
        /// Every rank for itself, with its share of the images: what a step costs without communication.
        case alone
        /// As training does it.
        case overlapped
        /// Sums after each phase's backward pass.
        case exposed
        /// Overlapped, and 16 bits for each gradient.
        case compressed

        fileprivate var overrides: [String] {
            switch self {
            case .alone, .overlapped: []
            case .exposed: ["cluster.overlap=false"]
            case .compressed: ["cluster.compress=bf16"]
            }
        }
    }

    /// One entry of `ganglion bench cluster --json`.
    public struct Result: Codable, Sendable {
        public var name: String
        public var way: Way
        public var ranks: Int
        public var hosts: Int
        /// Kernels: emulated hosts share one, and its cores.
        public var machines: Int
        /// Of each machine.
        public var cores: Int
        /// Per rank.
        public var threads: Int
        /// Over all ranks.
        public var batch: Int
        public var microbatch: Int
        /// Of a host's link, as whoever started the ranks knows it; nil where nothing limits it.
        public var gigabitsPerSecond: Double?
        /// Median of a mean step under lazy regularisation.
        public var secondsPerStep: Double
        public var spread: Double
        /// Of a mean step, of which so many were spent in sums, and so many waiting for them.
        public var communicationSeconds: Double
        public var notHiddenSeconds: Double
        /// Buckets summed in a mean step.
        public var sumsPerStep: Double
        /// Sent by a rank in a mean step.
        public var bytesPerStep: Double
        /// Gradients of a mean step.
        public var gradientBytesPerStep: Double
        public var bucketMb: Double

        enum CodingKeys: String, CodingKey {
            case name = "case"
            case way, ranks, hosts, machines, cores, threads, batch, microbatch, spread
            case gigabitsPerSecond = "gbit_per_second"
            case secondsPerStep = "seconds_per_step"
            case communicationSeconds = "communication_seconds"
            case notHiddenSeconds = "not_hidden_seconds"
            case sumsPerStep = "sums_per_step"
            case bytesPerStep = "bytes_per_step"
            case gradientBytesPerStep = "gradient_bytes_per_step"
            case bucketMb = "bucket_mb"
        }
    }

    private let load: StepBenchmark.Load
    private let ways: [Way]
    private let rounds: Int
    private let overrides: [String]
    private let cores: Int
    private let gigabitsPerSecond: Double?
    private let communicator: any Communicator

    /// - Parameters:
    ///   - rounds: of one cycle of the schedule each.
    ///   - overrides: of the configuration, as `--set`.
    ///   - cores: of this machine.
    ///   - gigabitsPerSecond: of a host's link, for the record; nil where nothing limits it.
    public init(
        _ load: StepBenchmark.Load, ways: [Way], rounds: Int, overrides: [String] = [], cores: Int,
        gigabitsPerSecond: Double? = nil, communicator: any Communicator
    ) {
        self.load = load
        self.ways = ways
        self.rounds = rounds
        self.overrides = overrides
        self.cores = cores
        self.gigabitsPerSecond = gigabitsPerSecond
        self.communicator = communicator
    }

    /// Collective.
    public func run() throws -> [Result] {
        let hosts = Set(try communicator.hostNames()).count
        let machines = Set(try communicator.allGather(RankDiagnostics.kernelID)).count
        var trials = try ways.map { way in
            let isAlone = way == .alone
            let load =
                isAlone
                ? StepBenchmark.Load(load.name, batch: load.batch / communicator.size, microbatch: load.microbatch)
                : load
            let configuration = try load.configuration(
                ranks: isAlone ? 1 : communicator.size, cores: Workers.count, overrides: way.overrides + overrides)
            return Trial(
                way,
                StepEngine(
                    configuration, datasetLabels: RandomData(configuration).datasetLabels,
                    communicator: isAlone ? LoopbackCommunicator() : communicator))
        }
        for round in -1..<rounds {
            for k in trials.indices {
                try communicator.barrier()
                try trials[k].runCycle(isCounted: round >= 0, communicator)
            }
        }
        return trials.map { trial in
            let steps = Double(rounds * trial.cycle)
            return Result(
                name: load.name.rawValue, way: trial.way, ranks: communicator.size, hosts: hosts,
                machines: machines, cores: cores, threads: Workers.count, batch: load.batch,
                microbatch: load.microbatch, gigabitsPerSecond: gigabitsPerSecond, secondsPerStep: trial.seconds.median,
                spread: trial.seconds.spread, communicationSeconds: trial.cost.seconds / steps,
                notHiddenSeconds: trial.cost.waitedSeconds / steps, sumsPerStep: Double(trial.cost.sums) / steps,
                bytesPerStep: Double(trial.cost.bytes) / steps,
                gradientBytesPerStep: trial.gradientBytes,
                bucketMb: trial.engine.configuration.cluster.bucketMB)
        }
    }

    private struct Trial {
        let way: Way
        let engine: StepEngine
        let real: RealBatch
        /// Of a mean step.
        var seconds = Timings()
        var cost = SumQueue.Cost()

        init(_ way: Way, _ engine: StepEngine) {
            self.way = way
            self.engine = engine
            real = RandomData(engine.configuration).reals(batches: engine.schedule.realBatches)
        }

        /// Steps after which the phases repeat.
        var cycle: Int {
            engine.schedule.keys.compactMap(engine.schedule.interval).reduce(1) { all, interval in
                var (a, b) = (all, interval)
                while b != 0 { (a, b) = (b, a % b) }
                return all * interval / a
            }
        }

        var gradientBytes: Double {
            engine.phases.reduce(0) { sum, phase in
                let parameters = engine.networks.parameters(of: phase.learner)
                return sum + 4 * Double(parameters.values.count) / Double(phase.interval)
            }
        }

        mutating func runCycle(isCounted: Bool, _ communicator: any Communicator) throws {
            let watch = Stopwatch()
            var reports: [StepReport] = []
            for _ in 0..<cycle {
                engine.lookAhead()
                try engine.settle().map { reports.append($0) }
                try engine.start(
                    phases: engine.schedule.phases(ofStep: engine.state.counters.step), real: real)
            }
            try engine.settle().map { reports.append($0) }
            // Of the slowest rank: with sums nobody is faster than that, and alone must be compared with the same.
            let nanoseconds = try communicator.maximum([Int64(watch.seconds * 1e9)])[0]
            guard isCounted else { return }
            seconds.add(Double(nanoseconds) * 1e-9 / Double(cycle))
            for report in reports { cost += report.communication }
        }
    }
}
