import Glibc

/// Whether a process of this machine still runs.
///
/// A number alone does not tell: it is given to another process once its own has ended. So a process is known by its
/// number and the moment of its start.
enum ProcessStatus: Equatable {
    case runs
    case ended
    /// The system does not tell.
    case unknown

    /// - Parameter start: as ``startOf(_:)`` gave it; 0 where it was not known.
    static func of(_ process: Int32, startedAt start: UInt64) -> ProcessStatus {
        guard process > 0 else { return .unknown }
        if let found = stat(of: process) {
            if found.state == "Z" || found.state == "X" { return .ended }
            return start == 0 ? .unknown : found.start == start ? .runs : .ended
        }
        // Nothing in /proc: gone, or hidden from this user.
        return kill(process, 0) != 0 && errno == ESRCH ? .ended : .unknown
    }

    /// The start of a process, in clock ticks since the machine's.
    static func startOf(_ process: Int32) -> UInt64? { stat(of: process)?.start }

    /// What tells apart the process numbers of containers on one machine; empty where the system does not tell.
    static let numbering: String = {
        var target = [CChar](repeating: 0, count: 128)
        let count = readlink("/proc/self/ns/pid", &target, target.count)
        return String(decoding: target.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }()

    private static func stat(of process: Int32) -> (state: String, start: UInt64)? {
        guard let bytes = try? FileReader("/proc/\(process)/stat").read(upTo: 4096) else { return nil }
        // "PID (name) STATE …": the name may hold anything, and the start is the 22nd field.
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let start = UInt64(fields[19]) else { return nil }
        return (String(fields[0]), start)
    }
}
