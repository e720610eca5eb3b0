import Foundation

/// A socket that waits for connections, as /proc knows it.
struct ListeningSocket: Equatable, CustomStringConvertible {
    /// Its local address as the kernel writes it: words of four bytes in hexadecimal, each in this machine's order.
    let address: String
    let port: Int

    var isLoopback: Bool {
        address.count == 8
            ? address.hasSuffix("7F")
            : ["00000000000000000000000001000000", "0000000000000000FFFF00000100007F"].contains(address)
    }
    var description: String { "\(address):\(port)" }
}

enum Sockets {
    /// Those of a process.
    static func listening(of process: pid_t) throws -> [ListeningSocket] {
        let folder = "/proc/\(process)/fd"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        return try ["tcp", "tcp6"].flatMap { kind in
            guard let table = try? String(contentsOfFile: "/proc/\(process)/net/\(kind)", encoding: .utf8) else {
                return [ListeningSocket]()
            }
            // "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …"; 0A is LISTEN.
            return try table.split(separator: "\n").dropFirst().compactMap { line in
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A", files.contains("socket:[\(fields[9])]") else { return nil }
                let local = fields[1].split(separator: ":")
                guard local.count == 2, let port = Int(local[1], radix: 16) else {
                    throw CocoaError(.fileReadCorruptFile)
                }
                return ListeningSocket(address: String(local[0]), port: port)
            }
        }
    }

    /// What `mpirun` is called as a process, in Open MPI 4 and 5.
    static let mpirun = ["mpirun", "prterun"]

    /// Processes that another one started.
    static func children(of parent: pid_t, named names: [String]) -> [pid_t] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return processes.sorted().filter { process in
            // "PID (name) STATE PARENT …"
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return false }
            let fields = text[end...].split(separator: " ")
            return names.contains { text[..<end].hasSuffix("(" + $0) } && fields.count > 2 && fields[2] == "\(parent)"
        }
    }
}
