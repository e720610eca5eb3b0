import Reporting

/// How long something took, each time it was done.
public struct Timings: Sendable {
    public private(set) var seconds: [Double]

    public init(_ seconds: [Double] = []) {
        self.seconds = seconds
    }

    public mutating func add(_ time: Double) { seconds.append(time) }

    public var count: Int { seconds.count }
    public var total: Double { seconds.reduce(0, +) }
    public var best: Double { seconds.min() ?? .infinity }
    public var median: Double { Self.quantile(seconds, 0.5) }

    /// Half the spread of the middle half, relative to the median.
    public var spread: Double {
        (Self.quantile(seconds, 0.75) - Self.quantile(seconds, 0.25)) / 2 / median
    }

    package static func quantile(_ values: [Double], _ q: Double) -> Double {
        let sorted = values.sorted()
        let position = q * Double(sorted.count - 1)
        let low = Int(position)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (position - Double(low))
    }

    /// A shorter time is one of the clock more than of the work: calls are gathered until they take this long.
    private static let shortest = 200e-6
    private static let fewest = 5
    private static let most = 2000

    /// Times each of the works for at least `seconds`, in turns, so that what the machine does meanwhile (its clock,
    /// its neighbours) meets all of them alike.
    package static func interleaved(_ works: [() -> Void], seconds: Double) -> [Timings] {
        let calls = works.map { work in
            // The first call pays for fresh memory and transformed weights.
            work()
            let once = time(1, work)
            return once < shortest ? max(1, Int((shortest / max(once, 1e-9)).rounded(.up))) : 1
        }
        var results = works.map { _ in Timings() }
        func isDone(_ timings: Timings, _ calls: Int) -> Bool {
            timings.count >= most
                || timings.count >= fewest && timings.total * Double(calls) >= seconds
        }
        while true {
            var wasDone = true
            for (k, work) in works.enumerated() where !isDone(results[k], calls[k]) {
                results[k].add(time(calls[k], work) / Double(calls[k]))
                wasDone = false
            }
            if wasDone { return results }
        }
    }

    private static func time(_ calls: Int, _ work: () -> Void) -> Double {
        let watch = Stopwatch()
        for _ in 0..<calls { work() }
        return watch.seconds
    }
}
