extension Configuration {
    /// Moving average of the generator's parameters.
    public struct EMA: Equatable, Sendable {
        /// Without it samples come from the generator itself.
        public var enabled = true
        /// Half-life in thousands of images.
        public var halfLifeKimg: Auto<Double> = .auto
        /// The half-life is at most `ramp` · images shown; nil for no ramp-up.
        public var ramp: Double? = 0.05

        public init() {}
    }

    static let emaKeys: [Key] = [
        Key("ema.enabled", \.ema.enabled, .flag, "average the generator's parameters"),
        Key(
            "ema.half_life_kimg", \.ema.halfLifeKimg, .auto(.kimgOrNone),
            "half-life of the averaged generator, 0 for the generator itself; auto: batch · 10 / 32, for pggan and sagan 0.999 a step"
        ),
        Key("ema.ramp", \.ema.ramp, .optional(.positive), "the half-life is at most ramp · images shown"),
    ]
}
