extension Configuration {
    /// Adam, before the correction for lazy regularisation.
    public struct Optimizer: Equatable, Sendable {
        /// Learning rate of the generator.
        public var gLR = 0.0025
        /// Learning rate of the discriminator and its decoder.
        public var dLR = 0.0025
        public var beta1 = 0.0
        public var beta2 = 0.99
        public var epsilon = 1e-8
        /// Share of the run after which the learning rates go down to 0, linearly with the images shown; nil for never.
        public var decayFrom: Double?
        /// Images of a step that the learning rates are meant for; nil where they are as they are for any.
        public var rateBatch: Int?
        /// Thousands of images over which the learning rates come up.
        public var warmupKimg = 0.0

        public init() {}
    }

    static let optimizerKeys: [Key] = [
        Key("optimizer.g_lr", \.optimizer.gLR, .positive, "learning rate of the generator"),
        Key("optimizer.d_lr", \.optimizer.dLR, .positive, "learning rate of the discriminator"),
        Key("optimizer.beta1", \.optimizer.beta1, .decay, "decay of Adam's first moment"),
        Key("optimizer.beta2", \.optimizer.beta2, .decay, "decay of Adam's second moment"),
        Key("optimizer.epsilon", \.optimizer.epsilon, .positive, "Adam's epsilon"),
        Key(
            "optimizer.decay_from", \.optimizer.decayFrom, .optional(.decay),
            "share of the run after which both learning rates go linearly to 0; none for never"),
        Key(
            "optimizer.rate_batch", \.optimizer.rateBatch, .optional(.integer(1...1_048_576)),
            "images of a step that both learning rates are meant for: another batch has them times the square root of how"
                + " much larger it is; none: rates stay"),
        Key(
            "optimizer.warmup_kimg", \.optimizer.warmupKimg, .nonNegative,
            "thousands of images over which both learning rates come up linearly"),
    ]
}
