/// Seconds on the monotonic clock since it was made or restarted.
public struct Stopwatch: Sendable {
    private var start: ContinuousClock.Instant

    public init() {
        start = .now
    }

    /// Seconds since the start.
    public var seconds: Double { (ContinuousClock.now - start).inSeconds }

    /// Seconds since the start, from which it counts anew.
    public mutating func restart() -> Double {
        let now = ContinuousClock.now
        defer { start = now }
        return (now - start).inSeconds
    }

    /// Counts as if so many seconds had not been.
    public mutating func leaveOut(seconds: Double) { start += .seconds(seconds) }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
