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

/// Seconds of each named phase, since the start of the run and since the last tick.
public struct PhaseTimer: Sendable {
    /// Names in the order in which they first came.
    public private(set) var names: [String] = []
    private var totals: [String: Double] = [:]
    private var tick: [String: Double] = [:]

    public init() {}

    /// Runs the work and adds its time to the phase, also when it throws.
    public mutating func measure<Result, Failure: Error>(
        _ name: String, _ work: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let watch = Stopwatch()
        defer { add(name, seconds: watch.seconds) }
        return try work()
    }

    /// Adds seconds that were measured elsewhere.
    public mutating func add(_ name: String, seconds: Double) {
        if totals[name] == nil { names.append(name) }
        totals[name, default: 0] += seconds
        tick[name, default: 0] += seconds
    }

    /// Seconds since the start, in the order of ``names``.
    public var cumulative: [(name: String, seconds: Double)] {
        names.map { ($0, totals[$0] ?? 0) }
    }

    /// Seconds since the last call, for each phase ever seen, in the order of ``names``.
    public mutating func takeTick() -> [(name: String, seconds: Double)] {
        defer { tick = [:] }
        return names.map { ($0, tick[$0] ?? 0) }
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
