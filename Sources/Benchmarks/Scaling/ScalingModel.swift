import Foundation

/// What a step takes on many ranks, each on a node of its own.
///
///     exposed step    = compute + processing + travel
///     overlapped step = compute + processing + max(0, travel − overlap · microbatch)
///     processing      = seconds per byte · bytes sent · ranks per core
///     travel          = latency · rounds + bytes sent / (rate share · link rate)
///
/// Compute is what the step takes without the other ranks, which is measured and not modelled. A sum of n bytes over P
/// ranks sends 2 (P−1)/P · n bytes in 2 log2 P rounds (recursive halving and doubling). Processing is what the sockets
/// and the additions take from a rank's cores; no overlap hides that, and ranks that share a core pay it for each other.
/// Travel can be hidden behind computing one microbatch, the last of a phase.
///
/// What the model leaves out: switches that are narrower than their links, levels of a network, ranks that wait for
/// the slowest of many, reading data, checkpoints.
public struct ScalingModel: Codable, Sendable, Equatable {
    /// Seconds that a round of a sum takes besides its bytes.
    public var latency: Double
    /// Of a link's nominal rate, what sums get.
    public var rateShare: Double
    /// Seconds of a core for each byte that a rank sends, and receives.
    public var secondsPerByte: Double
    /// Of computing one microbatch in each phase, the time in which sums can travel.
    public var overlap: Double

    enum CodingKeys: String, CodingKey {
        case latency = "latency_seconds"
        case rateShare = "rate_share"
        case secondsPerByte = "seconds_per_byte"
        case overlap
    }

    public init(latency: Double, rateShare: Double, secondsPerByte: Double, overlap: Double) {
        self.latency = latency
        self.rateShare = rateShare
        self.secondsPerByte = secondsPerByte
        self.overlap = overlap
    }

    /// A step.
    public struct Load: Sendable, Equatable {
        public var ranks: Int
        /// Of the step without other ranks.
        public var computeSeconds: Double
        /// Of that, for one microbatch in each phase.
        public var microbatchSeconds: Double
        /// That are summed in a step.
        public var gradientBytes: Double
        /// Buckets that they are summed in.
        public var sums: Double
        /// Nil where nothing limits the links.
        public var gigabitsPerSecond: Double?
        /// 1 where no rank shares its cores.
        public var ranksPerCore: Double

        public init(
            ranks: Int, computeSeconds: Double, microbatchSeconds: Double, gradientBytes: Double, sums: Double,
            gigabitsPerSecond: Double?, ranksPerCore: Double = 1
        ) {
            self.ranks = ranks
            self.computeSeconds = computeSeconds
            self.microbatchSeconds = microbatchSeconds
            self.gradientBytes = gradientBytes
            self.sums = sums
            self.gigabitsPerSecond = gigabitsPerSecond
            self.ranksPerCore = ranksPerCore
        }

        /// By each rank.
        public var bytesSent: Double { 2 * Double(ranks - 1) / Double(ranks) * gradientBytes }
        /// Of messages, one after the other.
        public var rounds: Double { 2 * log2(Double(ranks)) * sums }
    }

    /// Seconds of a step that cores spend on sums.
    public func processing(_ load: Load) -> Double { secondsPerByte * load.bytesSent * load.ranksPerCore }

    /// Seconds of a step that sums are on their way.
    public func travel(_ load: Load) -> Double {
        let wire = load.gigabitsPerSecond.map { load.bytesSent * 8 / (rateShare * $0 * 1e9) } ?? 0
        return latency * load.rounds + wire
    }

    /// Seconds of a step.
    public func seconds(_ load: Load, isOverlapped: Bool = true) -> Double {
        let hideable = isOverlapped ? overlap * load.microbatchSeconds : 0
        return load.computeSeconds + processing(load) + max(0, travel(load) - hideable)
    }

    /// Compute over the whole step: 1 where other ranks cost nothing.
    public func efficiency(_ load: Load) -> Double { load.computeSeconds / seconds(load) }
}
