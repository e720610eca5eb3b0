import Failure
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where messages go: the console of rank 0, and `log.txt` once the run folder stands.
///
/// Other ranks print errors only. Where there are several ranks, an error has its rank and host in front.
public final class RunLog: Sendable {
    /// How grave a message is; its name stands before it in `log.txt`.
    public enum Level: String, Sendable {
        case info, warning, error
    }

    /// Number of this process.
    public let rank: Int
    /// Processes in all.
    public let ranks: Int
    /// Name of its machine.
    public let host: String
    private let console: Console
    private let errors: Console
    private let now: @Sendable () -> String
    private let file = Mutex<AppendingFile?>(nil)

    /// - Parameters:
    ///   - rank: Number of this process.
    ///   - ranks: Processes in all.
    ///   - host: Name of its machine.
    ///   - console: Takes messages of rank 0.
    ///   - errors: Takes errors of every rank.
    ///   - now: Time stamp of a line in `log.txt`.
    public init(
        rank: Int = 0, ranks: Int = 1, host: String = "", console: Console = .standard, errors: Console = .error,
        now: @escaping @Sendable () -> String = RunLog.timestamp
    ) {
        self.rank = rank
        self.ranks = ranks
        self.host = host
        self.console = console
        self.errors = errors
        self.now = now
    }

    /// Also writes what follows to the file, after what is already there. For rank 0.
    ///
    /// - Throws: ``ReportingError``.
    public func open(_ path: String) throws(ReportingError) {
        let opened = try AppendingFile(path)
        file.withLock { $0 = opened }
    }

    /// One message: to the console and to the file, each as it should be.
    public func write(_ level: Level, _ message: String) {
        if level == .error {
            console.endProgress()
            errors.print("\(ranks > 1 ? place + ": " : "")error: \(message)")
        } else if rank == 0 {
            console.print(level == .warning ? "warning: \(message)" : message)
        }
        record("\(level.rawValue) \(message)")
    }

    /// Writes a line to the file only, for example that of a tick. Line breaks and control characters in it are shown as
    /// escapes: a line begins with a time, and nothing that a message quotes can begin another.
    public func record(_ line: String) { append(line.visible()) }

    /// Writes an error to the file only; every line of it but the first is indented.
    public func record(_ error: any Error) { append("error " + String(printing: error)) }

    private func append(_ lines: String) {
        let stamped = "\(now()) \(lines)\n"
        let failure = file.withLock { file -> ReportingError? in
            do throws(ReportingError) {
                try file?.append(stamped)
                return nil
            } catch {
                // A full disk must not fill the console as well: said once.
                file = nil
                return error
            }
        }
        if let failure { errors.print("warning: \(failure); the log ends here") }
    }

    /// Rank and host: "rank 3 (node07)".
    public var place: String { host.isEmpty ? "rank \(rank)" : "rank \(rank) (\(host))" }

    /// The present time: "2025-01-31T12:00:00Z".
    @Sendable public static func timestamp() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
