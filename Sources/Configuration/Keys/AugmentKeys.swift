extension Configuration {
    /// Discriminator augmentation (arXiv 2006.06676; DiffAugment arXiv 2006.10738).
    public struct Augment: Equatable, Sendable {
        public var mode: AugmentMode = .none
        public var pipeline: AugmentPipeline = .bgc
        /// Mean sign of D(real) that `ada` aims at.
        public var target = 0.6
        /// Probability of a transform: its fixed value, or where `ada` starts.
        public var p = 0.0
        /// Thousands of images in which `ada` takes the probability from 0 to 1.
        public var speedKimg = 500.0
        /// DiffAugment's policies, in their order; none for none.
        public var diffAugment: [DiffAugmentChoice] = []

        public init() {}
    }

    static let augmentKeys: [Key] = [
        Key("augment.mode", \.augment.mode, .choice, "augmentation of the discriminator's images"),
        Key("augment.pipeline", \.augment.pipeline, .choice, "transforms of the augmentation"),
        Key("augment.target", \.augment.target, .fraction, "mean sign of D(real) that ada aims at"),
        Key("augment.p", \.augment.p, .fraction, "probability of a transform, at first or fixed"),
        Key(
            "augment.speed_kimg", \.augment.speedKimg, .kimg,
            "ada: thousands of images in which the probability goes from 0 to 1"),
        Key(
            "augment.diffaugment", \.augment.diffAugment, .choices(example: "color,translation,cutout"),
            "policies of DiffAugment, in place of augment.mode"),
    ]
}

/// Whether and how the discriminator's images are augmented: `augment.mode`.
public enum AugmentMode: String, CaseIterable, Sendable, Choice {
    case none
    /// With a fixed probability.
    case fixed
    /// With a probability that follows the discriminator's overfitting.
    case ada
}

/// A policy of DiffAugment: `augment.diffaugment`.
public enum DiffAugmentChoice: String, CaseIterable, Sendable, Choice {
    case color, translation, cutout
}

/// Transforms of the augmentation: `augment.pipeline`.
public enum AugmentPipeline: String, CaseIterable, Sendable, Choice {
    case blit, geom, color, filter, noise, cutout
    case bg, bgc, bgcf, bgcfn, bgcfnc
    /// Geometry and cutout, and colours half as often (arXiv 2501.05441, in its code).
    case r3gan
}
