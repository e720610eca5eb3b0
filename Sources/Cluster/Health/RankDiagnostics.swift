import CSystem
import Failure
import Glibc

/// Who speaks: errors from a job of many ranks are useless without the rank and the host.
public struct RankDiagnostics: Sendable {
    public let rank: Int
    public let size: Int
    public let host: String
    /// Nil before the first.
    public let step: Int?

    public init(_ communicator: any Communicator) {
        step = communicator.board.step
        rank = communicator.rank
        size = communicator.size
        host = Self.hostName
    }

    /// "[rank 2 on node7] ", "[rank 2 on node7, step 120] ", or nothing when there is only one rank.
    public var prefix: String { size == 1 ? "" : "[rank \(rank) on \(host)\(step.map { ", step \($0)" } ?? "")] " }

    /// The text with the prefix on each line.
    public func prefixed(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { prefix + $0 }.joined(separator: "\n")
    }

    /// Writes the prefixed error on standard error, in one piece, after what standard output still held.
    public func report(_ error: any Error) { write("error: " + String(printing: error)) }

    /// The same for a warning.
    public func report(warning: String) { write("warning: " + warning.visible()) }

    private func write(_ text: String) {
        fflush(nil)
        let line = Array((prefixed(text) + "\n").utf8)
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { bytes in
                bytes.baseAddress.map { Glibc.write(STDERR_FILENO, $0 + written, bytes.count - written) } ?? -1
            }
            if count < 0 && errno != EINTR { return }
            written += max(count, 0)
        }
    }

    /// This machine's name.
    public static let hostName: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).visible()
    }()

    /// The same on all hosts that run on one kernel, as containers and emulated hosts do, and on no others; empty where
    /// the kernel does not tell.
    public static let kernelID: [UInt8] = {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }()

    /// "rank 1 on node3", "ranks 1, 2 on node3", "ranks 1 on node3, 4 on node5".
    static func list(_ ranks: [Int], hosts: [String]) -> String {
        let byHost = Dictionary(grouping: ranks) { hosts[$0] }
        let groups = byHost.values.sorted { $0[0] < $1[0] }.map { group in
            group.map(String.init).joined(separator: ", ") + " on " + hosts[group[0]]
        }
        return (ranks.count == 1 ? "rank " : "ranks ") + groups.joined(separator: ", ")
    }
}
