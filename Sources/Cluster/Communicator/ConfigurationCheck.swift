import Failure

/// Ranks were started with different configurations. Thrown by all ranks alike.
public struct ConfigurationMismatch: ExitCoded, CustomStringConvertible {
    /// The first key that differs.
    public let key: String
    /// The first rank whose value is not rank 0's.
    public let rank: Int
    public let exitCode = ExitCode.badConfiguration
    public let description: String
}

/// Compares the resolved configuration across ranks at the start.
public enum ConfigurationCheck {
    /// Collective. Returns when all ranks hold the same keys and values; otherwise throws on all.
    ///
    /// - Throws: ``ConfigurationMismatch`` naming key, rank, host and both values, or ``ClusterError``.
    public static func compare(entries: [(key: String, value: String)], communicator: any Communicator) throws {
        var writer = WireWriter()
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            writer.put(entry.key)
            writer.put(entry.value)
        }
        guard let (contents, hosts) = try communicator.gatherIfDifferent(writer.bytes) else { return }
        let configurations = try contents.map(read)
        for key in Set(configurations.flatMap(\.keys)).sorted() {
            let values = configurations.map { $0[key] }
            guard let rank = values.indices.first(where: { values[$0] != values[0] }) else { continue }
            let alike = values.indices.filter { values[$0] == values[rank] }
            let places = RankDiagnostics.list(alike, hosts: hosts)
            throw ConfigurationMismatch(
                key: key, rank: rank,
                description: "the ranks were started with different configurations: '\(key)' is "
                    + "\(text(values[rank])) on \(places), but \(text(values[0])) on rank 0 on \(hosts[0]); "
                    + "start all ranks with the same options, configuration file and program")
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> [String: String] {
        var reader = WireReader(bytes)
        var entries: [String: String] = [:]
        while !reader.isAtEnd {
            let key = try reader.text()
            entries[key] = try reader.text()
        }
        return entries
    }

    private static func text(_ value: String?) -> String { value.map { "'\($0)'" } ?? "missing" }
}
