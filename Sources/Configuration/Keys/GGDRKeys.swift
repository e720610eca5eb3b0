extension Configuration {
    /// Generator-guided discriminator regularisation (arXiv 2207.13320).
    public struct GGDR: Equatable, Sendable {
        /// What `ggdr.enabled` is a part of, see ``Configuration/supervision``.
        var supervision = Supervision.generator
        /// Whether the generator's features supervise; turned off, nothing does.
        public var enabled: Bool {
            get { supervision == .generator }
            set {
                if newValue { supervision = .generator } else if enabled { supervision = .none }
            }
        }
        /// Resolution of the generator's feature map that the decoder predicts.
        public var resolution: Auto<Int> = .auto
        /// Further resolutions below it whose maps guide too.
        public var also: [Int] = []
        /// λ: factor of the loss.
        public var weight = 10.0
        /// How far a decoded map is from the generator's.
        public var distance: GuidingDistance = .cosine
        /// Layers that the decoder has at each resolution.
        public var depth = 1

        public init() {}
    }

    static let ggdrKeys: [Key] = [
        Key(
            "ggdr.enabled", \.ggdr.enabled, .flag,
            "guide the discriminator by the generator's features; the same as supervision=generator"),
        Key(
            "ggdr.resolution", \.ggdr.resolution, .auto(.powerOfTwo(8...1024)),
            "resolution of the guiding features; auto: 64 from 256² on, else a quarter of the image"),
        Key(
            "ggdr.also", \.ggdr.also, .resolutions,
            "smaller resolutions whose features guide too; the loss is the mean over all"),
        Key("ggdr.weight", \.ggdr.weight, .nonNegative, "factor of the guiding loss"),
        Key("ggdr.distance", \.ggdr.distance, .choice, "of decoded features from the generator's"),
        Key("ggdr.depth", \.ggdr.depth, .integer(1...8), "1×1 convolutions of the decoder at each resolution"),
    ]
}

/// How far a decoded feature map is from the generator's: `ggdr.distance`.
public enum GuidingDistance: String, CaseIterable, Sendable, Choice {
    /// 1 − the cosine along the channels, as in the paper.
    case cosine
    /// The mean squared difference.
    case l2
}
