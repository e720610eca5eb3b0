import Failure
import Foundation

/// Who holds a run folder: what its lock file says.
///
/// The file is a line of JSON and a line that the holder renews as long as it lives.
public struct LockHolder: Codable, Equatable, Sendable {
    /// Name of its machine.
    public let host: String
    /// The same on all hosts that run on one kernel, and on no others; empty where that is not known.
    public let kernel: String
    /// Tells apart the process numbers of containers on one machine.
    let numbering: String
    public let process: Int32
    /// Start of the process, in clock ticks since that of its machine; 0 where it is not known.
    let started: UInt64
    /// Number of the Slurm job, if it is part of one.
    public let job: String?
    /// When it took the folder: "2025-01-31T12:00:00Z".
    public let since: String
    /// Seconds without a sign of life after which others take the folder over.
    public let patience: Double
    /// A random text, different for each time that a folder is taken.
    let token: String
    /// Whether it also holds a `flock` on the file.
    var isLocked = false

    private enum CodingKeys: String, CodingKey {
        case host, kernel, numbering = "process_numbering", process, started = "process_start", job = "slurm_job", since
        case patience = "patience_seconds", token, isLocked = "flock"
    }

    /// This process.
    ///
    /// - Parameters:
    ///   - kernel: such as the kernel's boot id.
    ///   - patience: seconds without a sign of life after which another host's process may take the folder over.
    public init(host: String, kernel: String, since: String, patience: Double, job: String? = nil) {
        self.host = host
        self.kernel = kernel
        numbering = ProcessStatus.numbering
        process = getpid()
        started = ProcessStatus.startOf(getpid()) ?? 0
        self.job = job
        self.since = since
        self.patience = patience
        token = (0..<4).map { _ in String(UInt32.random(in: 0...(.max)), radix: 16) }.joined(separator: "-")
    }

    /// For people: "process 4711 on h1 (Slurm job 12) since 2025-01-31T12:00:00Z".
    public var text: String {
        func short(_ text: String) -> String { String(text.prefix(80)).visible() }
        return "process \(process) on \(short(host))" + (job.map { " (Slurm job \(short($0)))" } ?? "")
            + " since \(short(since))"
    }

    // MARK: The file

    /// No lock file is longer.
    static let sizeLimit = 4096

    /// What stands in the file before its last line.
    var head: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else { preconditionFailure("lock: \(self) has no text") }
        return String(decoding: json, as: UTF8.self) + "\n"
    }

    /// The last line, always of one length; it changes while the holder lives.
    static func sign(_ number: Int) -> String {
        let digits = "\(number)"
        return "sign of life " + String(repeating: "0", count: max(0, 12 - digits.count)) + digits + "\n"
    }

    /// Nil where the bytes are no lock file's.
    init?(file bytes: [UInt8]) {
        guard bytes.count < Self.sizeLimit, let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let holder = try? CheckedJSON.decode(LockHolder.self, from: Array(bytes[..<end]))
        else { return nil }
        self = holder
    }

    /// Whether its process lives, as far as a process on the machine of `observer` can see.
    func status(seenBy observer: LockHolder) -> ProcessStatus {
        guard isNeighbour(of: observer), !numbering.isEmpty, numbering == observer.numbering else { return .unknown }
        return .of(process, startedAt: started)
    }

    /// Whether both run on one kernel, whatever their hosts are called.
    func isNeighbour(of other: LockHolder) -> Bool { !kernel.isEmpty && kernel == other.kernel }
}
