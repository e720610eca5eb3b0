extension Configuration {
    /// Generator-guided discriminator regularisation (arXiv 2207.13320).
    public struct GGDR: Equatable, Sendable {
        public var enabled = true
        /// Resolution of the generator's feature map that the decoder predicts.
        public var resolution: Auto<Int> = .auto
        /// λ: factor of the cosine loss.
        public var weight = 10.0

        public init() {}
    }

    static let ggdrKeys: [Key] = [
        Key("ggdr.enabled", \.ggdr.enabled, .flag, "guide the discriminator by the generator's features"),
        Key(
            "ggdr.resolution", \.ggdr.resolution, .auto(.powerOfTwo(8...1024)),
            "resolution of the guiding features; auto: 64 from 256² on, else a quarter of the image"),
        Key("ggdr.weight", \.ggdr.weight, .nonNegative, "factor of the guiding loss"),
    ]
}
