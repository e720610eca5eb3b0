extension Configuration {
    /// What is written for TensorBoard.
    public struct Events: Equatable, Sendable {
        /// Whether there is an event file at all.
        public var enabled = true
        /// Thousands of images between histograms of parameters and gradients; nil for none.
        public var histogramsKimg: Double?

        public init() {}
    }

    static let eventKeys: [Key] = [
        Key("events.enabled", \.events.enabled, .flag, "write an event file, which TensorBoard reads"),
        Key(
            "events.histograms_kimg", \.events.histogramsKimg, .optional(.kimg),
            "thousands of images between histograms of parameters and gradients in it; none for no histograms"),
    ]
}
