import Failure

/// A way of using the cores: ranks, and threads of each.
public struct BenchWay: Equatable, Sendable {
    public var ranks: Int
    public var threads: Int

    public init(ranks: Int, threads: Int) {
        self.ranks = ranks
        self.threads = threads
    }

    /// One rank with one thread, one rank with all, one rank for each core.
    public static func all(cores: Int) -> [BenchWay] {
        var ways = [BenchWay(ranks: 1, threads: 1)]
        guard cores > 1 else { return ways }
        ways.append(BenchWay(ranks: 1, threads: cores))
        var ranks = 1
        while ranks * 2 <= min(cores, 8) { ranks *= 2 }
        ways.append(BenchWay(ranks: ranks, threads: cores / ranks))
        return ways
    }

    /// Reads `RANKSxTHREADS,…`.
    public static func parse(_ text: String) throws(UsageError) -> [BenchWay] {
        var ways: [BenchWay] = []
        for way in text.split(separator: ",", omittingEmptySubsequences: false) {
            let numbers = way.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let ranks = numbers[0], let threads = numbers[1], (1...64).contains(ranks),
                (1...1024).contains(threads)
            else {
                throw UsageError(
                    "--ways \(text): found '\(way)', expected RANKSxTHREADS (1 to 64, 1 to 1024), such as 1x1,1x2,2x1")
            }
            ways.append(BenchWay(ranks: ranks, threads: threads))
        }
        return ways
    }
}
