/// Everything a user can choose about a training run; one property for each key of the YAML file.
///
/// A fresh value is the preset `quick-reference`. What may be written for each key is in ``Configuration/keys``.
public struct Configuration: Equatable, Sendable {
    /// The preset that the other values started from.
    public var preset: Preset = .quickReference
    /// Seed of every random draw.
    public var seed: UInt64 = 0
    /// Thousands of real images to show in all.
    public var kimg: Double = 60
    /// Images of one step; the keys `batch` and `batch_per_rank`.
    public var batch: BatchSize = .global(32)
    /// Images that are computed, and summed, as one unit.
    public var microbatch: Auto<Int> = .value(8)
    /// Worker threads of a rank.
    public var threads: Auto<Int> = .auto
    /// What is kept of activations for the backward pass.
    public var memory: Memory = .full
    /// Layers of the discriminator that do not learn, from the image on, in a run that starts from another's networks.
    public var freezeD = 0

    public var data = DataSource()
    public var model = Model()
    public var ggdr = GGDR()
    /// Factor of the cross-entropy of label maps.
    public var supervisionWeight = 1.0
    public var loss = Loss()
    public var optimizer = Optimizer()
    public var ema = EMA()
    public var schedule = Schedule()
    public var growing = Growing()
    public var augment = Augment()
    public var cluster = Cluster()
    public var checkpoint = Checkpoint()
    public var guards = Guards()
    public var snapshot = Snapshot()
    public var metrics = MetricChoice()
    public var events = Events()

    /// What was asked for on the command line, or in a file; no part of the values.
    public var explicitKeys = ExplicitKeys()

    /// The preset `quick-reference`: the defaults of all keys.
    public init() {}

    /// Images that each rank contributes to a step, where that is what was chosen.
    public var batchPerRank: Int? {
        if case .perRank(let count) = batch { count } else { nil }
    }
}

extension Configuration {
    /// Keys that belong to no section.
    static let generalKeys: [Key] = [
        Key("preset", \.preset, .choice, "configuration to start from"),
        Key("seed", \.seed, .integer(0...UInt64.max), "seed of every random draw"),
        Key("kimg", \.kimg, .kimg, "thousands of real images to show in all"),
        Key(
            "batch", type: "whole number", allowed: "1 to 1048576, or auto", "images of one step over all ranks",
            read: { configuration in
                switch configuration.batch {
                case .auto: "auto"
                case .global(let count): "\(count)"
                case .perRank: nil
                }
            },
            write: { configuration, text throws(ValueProblem) in
                configuration.batch = text == "auto" ? .auto : .global(try Domain.integer(1...1_048_576).parse(text))
            }),
        Key(
            "batch_per_rank", type: "whole number", allowed: "1 to 1048576",
            "images of one step on each rank, in place of batch: the step grows with the ranks",
            read: { $0.batchPerRank.map { "\($0)" } },
            write: { configuration, text throws(ValueProblem) in
                configuration.batch = .perRank(try Domain.integer(1...1_048_576).parse(text))
            }),
        Key(
            "microbatch", \.microbatch, .auto(.integer(1...4096)),
            "images computed and summed as one unit; batch / microbatch a power of two for bit-equal runs"),
        Key(
            "threads", \.threads, .auto(.integer(1...1024)), "worker threads of a rank; auto: its share of the cores",
            isPerRank: true),
        Key(
            "memory", \.memory, .choice,
            "checkpointing: keep only what lies between blocks and compute the rest again, to the same bits",
            isPerRank: true),
        Key(
            "freeze_d", \.freezeD, .integer(0...1000),
            "with --transfer: layers of the discriminator that stay as they are, from the image on (FreezeD)"),
    ]
}

/// What is kept of activations for the backward pass, at the same results: `memory`.
public enum Memory: String, CaseIterable, Sendable, Choice {
    /// All of them.
    case full
    /// Only those between blocks; the rest is computed again.
    case checkpointing
}
