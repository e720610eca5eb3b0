import Failure

/// Replicas that should be equal are not. Thrown by all ranks alike.
public struct ReplicaDivergence: ExitCoded, CustomStringConvertible {
    /// What differs first: an array by its name in a checkpoint, or `counters`.
    public let name: String
    /// The ranks whose value is not the majority's (in a tie: not rank 0's).
    public let ranks: [Int]
    /// How many arrays and counters differ.
    public let count: Int
    public let exitCode = ExitCode.internalError
    let details: String

    public var description: String {
        "replicas have diverged: '\(name)' \(details)\(count > 1 ? " (\(count) parts of the state differ)" : ""); "
            + "all ranks must hold the same bits. Go on from the last checkpoint with --resume auto; if the same host "
            + "differs again, suspect its memory, or a processor or library unlike the others"
    }
}

/// Compares replicas across ranks by the hashes of the parts of their state.
public enum ReplicaCheck {
    /// Collective. Returns when all ranks hold the same hashes under the same names; otherwise throws on all.
    ///
    /// - Throws: ``ReplicaDivergence``, or ``ClusterError``.
    public static func compare(named hashes: [(name: String, value: UInt64)], communicator: any Communicator) throws {
        var writer = WireWriter()
        for hash in hashes {
            writer.put(hash.name)
            writer.put(hash.value)
        }
        guard let (contents, hosts) = try communicator.gatherIfDifferent(writer.bytes) else { return }
        let replicas = try contents.map { try Replica($0) }
        let names = Replica.namesInOrder(replicas)
        let differing = names.filter { name in replicas.contains { $0.values[name] != replicas[0].values[name] } }
        guard let first = differing.first else {
            throw ClusterError(
                call: "replica check", reason: "the ranks name the same parts of the state in different orders")
        }
        throw divergence(first, replicas.map { $0.values[first] }, hosts, count: differing.count)
    }

    private static func divergence(
        _ name: String, _ values: [UInt64?], _ hosts: [String], count: Int
    ) -> ReplicaDivergence {
        let groups = Dictionary(grouping: values.indices) { values[$0] }.values
            .sorted { ($0.count, $1[0]) > ($1.count, $0[0]) }
        let details = groups.dropFirst().map { ranks in
            "on \(RankDiagnostics.list(ranks, hosts: hosts)) is \(text(values[ranks[0]]))"
        }.joined(separator: ", ")
        let verb = groups[0].count == 1 ? "holds" : "hold"
        let majority = "where \(RankDiagnostics.list(groups[0], hosts: hosts)) \(verb) \(text(values[groups[0][0]]))"
        return ReplicaDivergence(
            name: name, ranks: groups.dropFirst().joined().sorted(), count: count, details: "\(details), \(majority)")
    }

    private static func text(_ value: UInt64?) -> String {
        guard let value else { return "absent" }
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private struct Replica {
        var names: [String] = []
        var values: [String: UInt64] = [:]

        init(_ bytes: [UInt8]) throws {
            var reader = WireReader(bytes)
            while !reader.isAtEnd {
                let name = try reader.text()
                names.append(name)
                values[name] = try reader.integer()
            }
        }

        static func namesInOrder(_ replicas: [Replica]) -> [String] {
            var seen: Set<String> = []
            return replicas.flatMap(\.names).filter { seen.insert($0).inserted }
        }
    }
}
