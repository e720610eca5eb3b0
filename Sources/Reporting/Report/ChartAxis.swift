import Foundation

/// An axis of a chart: which numbers it spans, and where it has ticks.
package struct ChartAxis: Equatable {
    package let low: Double
    package let high: Double
    package let isLogarithmic: Bool
    package let ticks: [Double]

    /// Around numbers, of which a few that lie far from all others may be left outside.
    ///
    /// - Parameter prefersLogarithm: where all are above 0.
    package init(around values: [Double], prefersLogarithm: Bool) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let first = sorted.first, let last = sorted.last else {
            self.init(low: 0, high: 1, ticks: [0, 1])
            return
        }
        if prefersLogarithm, first > 0, last > first * 3 {
            self.init(decadesFrom: first, to: last)
            return
        }
        let cut = sorted.count / 100
        var (low, high) = (sorted[cut], sorted[sorted.count - 1 - cut])
        // What is not far outside belongs to it.
        let room = 3 * (high - low)
        if room <= 0 || first > low - room { low = first }
        if room <= 0 || last < high + room { high = last }
        if low > 0, low < 0.35 * high { low = 0 }
        if high <= low {
            let size = max(abs(low), 1e-12)
            (low, high) = (low - 0.05 * size, high + 0.05 * size)
        }
        self.init(from: low, to: high)
    }

    /// From one number to a larger one, at most a step beyond.
    init(from low: Double, to high: Double, isTight: Bool = false) {
        let step = Self.step(for: high - low)
        guard step > 0, step.isFinite, (high - low) / step < 100 else {
            self.init(low: low, high: high, ticks: [low, high])
            return
        }
        let (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
        let all = stride(from: first, through: last, by: 1).map { $0 * step }
        self.init(
            low: isTight ? low : first * step, high: isTight ? high : last * step,
            ticks: isTight ? all.filter { $0 >= low && $0 <= high * (1 + 1e-12) } : all)
    }

    /// From the smallest of numbers to the largest.
    ///
    /// - Parameters:
    ///   - isLogarithmic: of the numbers above 0 alone.
    ///   - isWide: ends at ticks where it is not logarithmic, and a little beyond the numbers where it is.
    init(spanning values: [Double], isLogarithmic: Bool, isWide: Bool = false) {
        let found = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        var (low, high) = (found.min() ?? 0.1, found.max() ?? 1)
        guard isLogarithmic else {
            if high <= low { (low, high) = (low - max(0.5, abs(low) / 2), high + max(0.5, abs(high) / 2)) }
            self.init(from: low, to: high, isTight: !isWide)
            return
        }
        if isWide { (low, high) = (low / 1.3, high * 1.3) }
        if high <= low { (low, high) = (low / 2, high * 2) }
        let (first, last) = (Int(log10(low).rounded(.up)), Int(log10(high).rounded(.down)))
        let every = max(1, (last - first + 5) / 6)
        var ticks = first <= last ? stride(from: first, through: last, by: every).map { pow(10, Double($0)) } : []
        if ticks.count < 3 {
            // Within a decade or two also the twos and fives.
            ticks = (first - 1...max(first, last)).flatMap { decade in
                [1.0, 2, 5].map { $0 * pow(10, Double(decade)) }
            }.filter { $0 >= low && $0 <= high }
        }
        self.init(low: low, high: high, isLogarithmic: true, ticks: ticks)
    }

    private init(decadesFrom first: Double, to last: Double) {
        let (low, high) = (Int(log10(first).rounded(.down)), Int(log10(last).rounded(.up)))
        let every = max(1, (high - low + 4) / 5)
        let decades = stride(from: low, through: high, by: every).map { pow(10, Double($0)) }
        let end = decades.last.map { max($0, pow(10, Double(high))) } ?? last
        self.init(low: pow(10, Double(low)), high: end, isLogarithmic: true, ticks: decades)
    }

    private init(low: Double, high: Double, isLogarithmic: Bool = false, ticks: [Double]) {
        self.low = low
        self.high = high
        self.isLogarithmic = isLogarithmic
        self.ticks = ticks
    }

    /// 1, 2 or 5 times a power of ten: three to six of them make a length.
    private static func step(for length: Double) -> Double {
        guard length > 0, length.isFinite else { return 0 }
        let rough = length / 4
        let decade = pow(10, log10(rough).rounded(.down))
        let times = rough / decade
        return decade * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10)
    }

    /// 0 at the low end, 1 at the high one; what is outside is at the nearer end.
    package func share(of value: Double) -> Double {
        let (a, b, x) = isLogarithmic ? (log(low), log(high), log(max(value, low / 10))) : (low, high, value)
        guard b > a else { return 0.5 }
        return min(1, max(0, (x - a) / (b - a)))
    }
}
