/// Means of named numbers between two ticks.
public struct MovingStatistics: Sendable {
    /// What became of one name.
    public struct Summary: Equatable, Sendable {
        public var name: String
        /// Mean of the finite values, not a number where there was none.
        public var mean: Double
        /// Population standard deviation of the finite values.
        public var deviation: Double
        /// How many values were finite.
        public var count: Int
        /// How many were not.
        public var notFinite: Int
    }

    private struct Sums {
        var count = 0
        var notFinite = 0
        var mean = 0.0
        /// Sum of squared distances from the mean (Welford).
        var spread = 0.0
    }

    private var names: [String] = []
    private var sums: [String: Sums] = [:]

    public init() {}

    /// Adds one value.
    public mutating func add(_ name: String, _ value: Double) {
        if sums[name] == nil { names.append(name) }
        var sum = sums[name] ?? Sums()
        if value.isFinite {
            sum.count += 1
            let distance = value - sum.mean
            sum.mean += distance / Double(sum.count)
            sum.spread += distance * (value - sum.mean)
        } else {
            sum.notFinite += 1
        }
        sums[name] = sum
    }

    /// Mean of a name since the last tick, or nil where nothing finite was added.
    public func mean(_ name: String) -> Double? {
        guard let sum = sums[name], sum.count > 0 else { return nil }
        return sum.mean
    }

    /// The same, but not a number where something was added and nothing of it was finite.
    public func meanOrNaN(_ name: String) -> Double? {
        mean(name) ?? (sums[name].map { $0.notFinite > 0 } == true ? .nan : nil)
    }

    /// Summaries in the order in which the names first came, without those that had no value since the last tick.
    public var summaries: [Summary] {
        names.compactMap { name in
            guard let sum = sums[name], sum.count + sum.notFinite > 0 else { return nil }
            return Summary(
                name: name, mean: sum.count > 0 ? sum.mean : .nan,
                deviation: sum.count > 0 ? (sum.spread / Double(sum.count)).squareRoot() : .nan, count: sum.count,
                notFinite: sum.notFinite)
        }
    }

    /// Summaries since the last call; begins anew.
    public mutating func takeTick() -> [Summary] {
        defer { sums = sums.mapValues { _ in Sums() } }
        return summaries
    }
}
