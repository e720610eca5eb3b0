extension Configuration {
    /// Progressive growing (arXiv 1710.10196, section 2).
    public struct Growing: Equatable, Sendable {
        public var enabled = false
        /// First resolution.
        public var start = 4
        /// Last resolution; auto: the data set's.
        public var final: Auto<Int> = .auto
        /// Thousands of images at each resolution; where a plateau decides, the most of them.
        public var trainingKimg = 600.0
        /// Thousands of images of each fade; 0 for none.
        public var transitionKimg = 600.0
        /// Images of one step at each resolution; empty for `batch` everywhere.
        ///
        /// With `batch_per_rank` they are those of each rank.
        public var minibatch = ResolutionTable<Int>()
        /// Microbatches in place of min(`microbatch`, images of a step).
        public var microbatch = ResolutionTable<Int>()
        /// Learning rates of both networks in place of `optimizer.g_lr` and `optimizer.d_lr`.
        public var learningRate = ResolutionTable<Double>()
        /// Whether the optimisers forget their moments when layers come in or go.
        public var resetMoments = true
        /// What ends the training of a resolution.
        public var trigger: GrowthTrigger = .images
        /// What a plateau is seen in.
        public var plateauSignal: PlateauSignal = .loss
        /// Thousands of images over which the discriminator's loss is averaged.
        public var plateauWindowKimg = 20.0
        /// Windows, or SWD values, without improvement that make a plateau.
        public var plateauPatience = 3
        /// Relative improvement that counts.
        public var plateauTolerance = 0.02

        public init() {}

        /// Images at each resolution.
        public var trainingImages: Int { max(1, Self.images(trainingKimg)) }

        /// Images of each fade; 0 only where no fade was asked for.
        public var transitionImages: Int { transitionKimg > 0 ? max(1, Self.images(transitionKimg)) : 0 }

        /// Rounded once, so that all else is counted in whole images.
        private static func images(_ kimg: Double) -> Int { Int((kimg * 1000).rounded()) }
    }

    static let growingKeys: [Key] = [
        Key("growing.enabled", \.growing.enabled, .flag, "grow the networks progressively"),
        Key("growing.start", \.growing.start, .powerOfTwo(4...1024), "first resolution"),
        Key(
            "growing.final", \.growing.final, .auto(.powerOfTwo(8...1024)), "last resolution; auto: the data set's"),
        Key(
            "growing.training_kimg", \.growing.trainingKimg, .kimg,
            "thousands of images at each resolution; with trigger plateau the most"),
        Key(
            "growing.transition_kimg", \.growing.transitionKimg, .kimgOrNone,
            "thousands of images of each fade; 0: the next resolution comes in at once"),
        Key(
            "growing.minibatch", \.growing.minibatch, .table(.integer(1...1_048_576), example: "4:128"),
            "images of a step at each resolution, of each rank with batch_per_rank; empty: batch"),
        Key(
            "growing.microbatch", \.growing.microbatch, .table(.integer(1...4096), example: "256:4"),
            "microbatches that differ from microbatch, or from a smaller batch"),
        Key(
            "growing.learning_rate", \.growing.learningRate, .table(.positive, example: "1024:0.0015"),
            "learning rates of both networks that differ from optimizer.g_lr and d_lr"),
        Key(
            "growing.reset_moments", \.growing.resetMoments, .flag,
            "the optimisers forget their moments when layers come in or go"),
        Key("growing.trigger", \.growing.trigger, .choice, "what ends the training of a resolution"),
        Key(
            "growing.plateau_signal", \.growing.plateauSignal, .choice,
            "loss: the discriminator's, by windows; swd: of the snapshots"),
        Key(
            "growing.plateau_window_kimg", \.growing.plateauWindowKimg, .kimg,
            "thousands of images over which the loss is averaged"),
        Key(
            "growing.plateau_patience", \.growing.plateauPatience, .integer(1...1_000_000),
            "windows, or SWD values, without improvement that make a plateau"),
        Key(
            "growing.plateau_tolerance", \.growing.plateauTolerance, .decay, "relative improvement that counts"),
    ]
}

/// What ends the training of a resolution: `growing.trigger`.
public enum GrowthTrigger: String, CaseIterable, Sendable, Choice {
    /// The number of images shown.
    case images
    /// No more progress at this resolution, see `growing.plateau_signal`; at the latest the number of images.
    case plateau
}

/// What a plateau is seen in: `growing.plateau_signal`.
public enum PlateauSignal: String, CaseIterable, Sendable, Choice {
    /// The discriminator's loss.
    case loss
    /// The sliced Wasserstein distance of the snapshots.
    case swd
}
