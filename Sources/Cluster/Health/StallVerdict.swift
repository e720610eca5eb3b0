/// What an observer knows of the ranks, and what follows from it. No clock, no messages: a function of its input.
package struct StallVerdict {
    /// One rank as last heard of.
    package struct Sign: Sendable {
        var status: ProgressBoard.Status
        /// Since it was heard of.
        var age: Double

        package init(_ status: ProgressBoard.Status, age: Double) {
            self.status = status
            self.age = age
        }
    }

    /// Ranks that others wait for.
    package let missing: [Int]
    /// The longest wait.
    package let seconds: Double
    /// "rank 2 on node3 has not arrived at the gradient sum of step 1204 for 120 s (rank 2 silent for 121 s, last in step 1203)"
    package let text: String

    /// - Parameters:
    ///   - signs: by rank.
    ///   - silence: seconds after which a rank that was not heard of counts as silent.
    /// - Returns: nil when nobody waits.
    package init?(_ signs: [Sign], hosts: [String], silence: Double) {
        func isSilent(_ rank: Int) -> Bool { signs[rank].age > silence }
        // As last said: meanwhile the wait may have ended.
        func waited(_ rank: Int) -> Double { signs[rank].status.seconds }
        let waiting = signs.indices.filter { signs[$0].status.operation != nil && !isSilent($0) }
        guard let first = waiting.max(by: { waited($0) < waited($1) }) else { return nil }
        seconds = waited(first)
        missing = signs.indices.filter { !waiting.contains($0) }
        let step = signs[first].status.step.map { " of step \($0)" } ?? ""
        let place = "the \(signs[first].status.operation ?? "")\(step) for \(Int(seconds)) s"
        guard !missing.isEmpty else {
            text = "all ranks wait at \(place), and none is missing: messages do not get through"
            return
        }
        let details = missing.map { rank in
            let sign = signs[rank]
            return isSilent(rank)
                ? Self.silence(rank, sign)
                : "rank \(rank) computing for \(Int(sign.status.seconds + sign.age)) s\(Self.last(sign))"
        }
        text =
            "\(RankDiagnostics.list(missing, hosts: hosts)) \(missing.count == 1 ? "has" : "have") not arrived at "
            + "\(place) (\(details.joined(separator: "; ")))"
    }

    /// What is known of ranks that fell silent, whether or not anybody waits for them already; nil when there are none.
    package static func silent(_ signs: [Sign], hosts: [String], silence: Double) -> String? {
        let silent = signs.indices.filter { signs[$0].age > silence }
        guard !silent.isEmpty else { return nil }
        let details = silent.map { self.silence($0, signs[$0]) }
        return "no word from \(RankDiagnostics.list(silent, hosts: hosts)) (\(details.joined(separator: "; ")))"
    }

    private static func silence(_ rank: Int, _ sign: Sign) -> String {
        "rank \(rank) silent for \(Int(sign.age)) s\(last(sign))"
    }

    private static func last(_ sign: Sign) -> String { sign.status.step.map { ", last in step \($0)" } ?? "" }
}
