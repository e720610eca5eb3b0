import Glibc

/// How long the ranks' own work takes, without waiting for each other: the slowest holds up all.
public struct Stragglers: Sendable, Equatable {
    /// Seconds of a step, by rank.
    public let seconds: [Double]
    private let hosts: [String]

    /// The slowest rank may cost so much more than the median one.
    static let tolerance = 0.2

    package init(seconds: [Double], hosts: [String]) {
        self.seconds = seconds
        self.hosts = hosts
    }

    /// Collective.
    ///
    /// - Parameter seconds: of this rank.
    /// - Returns: nil except on rank 0.
    public static func gather(_ seconds: Double, _ communicator: any Communicator) throws -> Stragglers? {
        let own = "\(seconds) \(RankDiagnostics.hostName)"
        return try communicator.gather(Array(own.utf8), to: 0).map { all in
            let parts = all.map { String(decoding: $0, as: UTF8.self).split(separator: " ", maxSplits: 1) }
            return Stragglers(
                seconds: parts.map { $0.first.flatMap { Double($0) } ?? .nan },
                hosts: parts.map { $0.count > 1 ? String($0[1]) : "" })
        }
    }

    /// The rank that took longest.
    public var slowest: Int { seconds.indices.max { seconds[$0] < seconds[$1] } ?? 0 }

    public var median: Double {
        let sorted = seconds.sorted()
        // The lower one of two: of two ranks the slower is to be told from the other.
        return sorted[(sorted.count - 1) / 2]
    }

    /// Names the slowest rank where it costs more than a fifth.
    public var warning: String? {
        let (slow, usual) = (seconds[slowest], median)
        guard seconds.count > 1, usual > 0, slow > usual * (1 + Self.tolerance) else { return nil }
        func text(_ seconds: Double) -> String {
            let rounded = (seconds * 10000).rounded() / 10
            return "\(rounded) ms"
        }
        return
            "slow: rank \(slowest) on \(hosts[slowest]) takes \(text(slow)) for its part of a step, where the median "
            + "rank takes \(text(usual)); all wait for it"
    }
}

/// Says what ``Stragglers`` warn of once, and again when it is another rank, or has lasted for long.
public struct StragglerNotice: Sendable {
    /// Warnings of one rank of which one is said.
    static let silence = 10
    private var rank: Int?
    private var repetitions = 0

    public init() {}

    /// - Returns: what is to be said now, if anything.
    public mutating func text(for ranks: Stragglers) -> String? {
        guard let warning = ranks.warning else {
            rank = nil
            return nil
        }
        repetitions = rank == ranks.slowest ? repetitions + 1 : 0
        rank = ranks.slowest
        return repetitions % Self.silence == 0 ? warning : nil
    }
}
