extension Configuration {
    /// Where values of other keys go in the course of a run: from their own value to the one here, by half a cosine over
    /// the images shown, and then they stay (arXiv 2501.05441, in its code). Nil for those that stay at once.
    public struct Schedule: Equatable, Sendable {
        /// Thousands of images on the way; nil for all of the run's.
        public var kimg: Double?
        public var gLR: Double?
        public var dLR: Double?
        public var beta2: Double?
        public var r1Gamma: Double?
        public var r2Gamma: Double?
        public var emaHalfLifeKimg: Double?
        public var augmentP: Double?

        public init() {}

        /// Whether anything goes anywhere.
        public var isUsed: Bool {
            [gLR, dLR, beta2, r1Gamma, r2Gamma, emaHalfLifeKimg, augmentP].contains { $0 != nil }
        }
    }

    static let scheduleKeys: [Key] = [
        Key(
            "schedule.kimg", \.schedule.kimg, .optional(.kimg),
            "thousands of images in which what has a value here goes to it, by half a cosine; none: kimg"),
        Key(
            "schedule.g_lr", \.schedule.gLR, .optional(.nonNegative),
            "where the generator's learning rate goes from optimizer.g_lr; none: it stays"),
        Key(
            "schedule.d_lr", \.schedule.dLR, .optional(.nonNegative),
            "where the discriminator's learning rate goes from optimizer.d_lr; none: it stays"),
        Key(
            "schedule.beta2", \.schedule.beta2, .optional(.decay),
            "where the decay of Adam's second moment goes from optimizer.beta2; none: it stays"),
        Key(
            "schedule.r1_gamma", \.schedule.r1Gamma, .optional(.nonNegative),
            "where R1 goes from loss.r1_gamma, and with it R2 where loss.r2_gamma follows that; none: it stays"),
        Key(
            "schedule.r2_gamma", \.schedule.r2Gamma, .optional(.nonNegative),
            "where R2 goes from loss.r2_gamma; none: it stays, or goes with R1"),
        Key(
            "schedule.ema_half_life_kimg", \.schedule.emaHalfLifeKimg, .optional(.kimgOrNone),
            "where the averaged generator's half-life goes from ema.half_life_kimg; none: it stays"),
        Key(
            "schedule.augment_p", \.schedule.augmentP, .optional(.fraction),
            "augment.mode=fixed: where the probability goes from augment.p; none: it stays"),
    ]
}
