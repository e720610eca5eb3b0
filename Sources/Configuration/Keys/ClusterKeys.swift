extension Configuration {
    /// How ranks work together.
    public struct Cluster: Equatable, Sendable {
        /// Megabytes of gradients that are reduced at once.
        public var bucketMB = 1.0
        /// Whether gradients are summed over the ranks while others are still being computed.
        public var overlap = true
        /// What gradients become between ranks.
        public var compress = CompressionChoice.none
        /// Which generation of processors the ranks compute as.
        public var kernels = KernelChoice.common
        /// Steps between comparisons of the ranks' parameters; 0 for none.
        public var replicaCheckSteps = 100
        /// Seconds without progress after which the missing ranks are named.
        public var stallSeconds = 120.0
        /// Seconds without a sign of life after which the run folder of a job on another host is taken over.
        public var lockSeconds = 30.0

        public init() {}
    }

    static let clusterKeys: [Key] = [
        Key(
            "cluster.bucket_mb", \.cluster.bucketMB, .positive(upTo: 1_000_000),
            "megabytes of gradients that are summed over the ranks at once"),
        Key(
            "cluster.overlap", \.cluster.overlap, .flag,
            "sum gradients over the ranks while others are still being computed; the result is the same"),
        Key(
            "cluster.compress", \.cluster.compress, .choice,
            "bf16: gradients travel as 16 bits; faster on slow networks, but the result depends on the ranks"),
        Key(
            "cluster.kernels", \.cluster.kernels, .choice,
            "processor generation that all ranks compute as; common: the oldest among them, own: each its own"),
        Key(
            "cluster.replica_check_steps", \.cluster.replicaCheckSteps, .integer(0...Int.max),
            "steps between comparisons of the ranks' parameters, 0 for none"),
        Key(
            "cluster.stall_seconds", \.cluster.stallSeconds, .positive(upTo: 1_000_000_000),
            "seconds that ranks may wait for one: then it is named, and the job ends; more than the longest pause of a healthy run"
        ),
        Key(
            "cluster.lock_seconds", \.cluster.lockSeconds, .number("1 to 86400") { (1...86_400).contains($0) },
            "seconds without a sign of life after which the run folder of a job on another host is taken over"),
    ]
}

/// Which generation of processors the ranks compute as: `cluster.kernels`.
public enum KernelChoice: String, CaseIterable, Sendable, Choice {
    /// All as the oldest among them.
    case common
    /// Each as its own: replicas stay equal, but the result depends on which rank computed what.
    case own
    case avx512, avx2, sse2
}

/// What gradients become between ranks: `cluster.compress`.
public enum CompressionChoice: String, CaseIterable, Sendable, Choice {
    /// Themselves.
    case none
    /// Sixteen bits each; the result then depends on the number of ranks.
    case bf16
}
