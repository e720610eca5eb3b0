extension Configuration {
    /// When to save the whole state.
    public struct Checkpoint: Equatable, Sendable {
        public var everyKimg = 20.0
        /// Also so many minutes after the last one; nil for no clock.
        public var everyMinutes: Double?
        /// How many of the newest to keep.
        public var keep = 3

        public init() {}
    }

    static let checkpointKeys: [Key] = [
        Key("checkpoint.every_kimg", \.checkpoint.everyKimg, .kimg, "thousands of images between checkpoints"),
        Key(
            "checkpoint.every_minutes", \.checkpoint.everyMinutes, .optional(.positive(upTo: 1_000_000)),
            "minutes between checkpoints, beside every_kimg: whichever comes first; changes no result"),
        Key("checkpoint.keep", \.checkpoint.keep, .integer(1...100_000), "newest checkpoints to keep"),
    ]
}
