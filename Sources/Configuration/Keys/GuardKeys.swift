extension Configuration {
    /// What keeps a run's state sound; the section `guard`.
    public struct Guards: Equatable, Sendable {
        /// What becomes of an update that is not finite.
        public var nan = NotFinitePolicy.stop
        /// With `skip`: updates of one phase in a row that may be left out.
        public var skipLimit = 10

        public init() {}
    }

    static let guardKeys: [Key] = [
        Key(
            "guard.nan", \.guards.nan, .choice,
            "a loss, gradient or parameter that is not finite: stop ends the run and keeps the last sound checkpoint, skip leaves that update out"
        ),
        Key(
            "guard.skip_limit", \.guards.skipLimit, .integer(1...1_000_000),
            "updates of one phase in a row that skip leaves out; at the next the run ends"),
    ]
}

/// What becomes of an update whose loss, gradient or result is not finite: `guard.nan`.
public enum NotFinitePolicy: String, CaseIterable, Sendable, Choice {
    /// The run ends, and keeps its last sound checkpoint.
    case stop
    /// It is left out, up to a limit.
    case skip
}
