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
        /// λ: factor of the cosine loss.
        public var weight = 10.0

        public init() {}
    }

    static let ggdrKeys: [Key] = [
        Key(
            "ggdr.enabled", \.ggdr.enabled, .flag,
            "guide the discriminator by the generator's features; the same as supervision=generator"),
        Key(
            "ggdr.resolution", \.ggdr.resolution, .auto(.powerOfTwo(8...1024)),
            "resolution of the guiding features; auto: 64 from 256² on, else a quarter of the image"),
        Key("ggdr.weight", \.ggdr.weight, .nonNegative, "factor of the guiding loss"),
    ]
}
