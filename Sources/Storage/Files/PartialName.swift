import Glibc

/// The name of a file that is still being written: hidden, not to be guessed, and telling whose it is.
///
/// Nobody who may write to the folder can put something in its place beforehand, and what a killed process left is told
/// from what another one is writing: `.NAME.partial-PROCESS.HOST.RANDOM`. Earlier versions wrote `.NAME.partial-PROCESS`.
package struct PartialName {
    let process: Int32
    /// The writer's ``thisHost``; nil in names of earlier versions.
    let host: String?

    private static let mark = ".partial-"
    /// Another host's processes cannot be asked after: what has not been written to for so long is nobody's any more.
    private static let secondsToLive = 86_400.0

    /// A new name for what is to become `name`.
    package static func make(for name: String) -> String {
        // Long names are shortened, so that there is room for the rest.
        var stem = name
        while stem.utf8.count > 180 { stem.removeLast() }
        return ".\(stem)\(mark)\(getpid()).\(thisHost).\(hexadecimal(UInt64.random(in: 0 ... .max)))"
    }

    /// Reads a name; nil for one that is no temporary file's.
    init?(_ name: String) {
        guard name.hasPrefix("."), let range = name.ranges(of: Self.mark).last else { return nil }
        let parts = name[range.upperBound...].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 3 && parts.allSatisfy({ !$0.isEmpty }),
            let process = Int32(parts[0]), process > 0
        else { return nil }
        self.process = process
        host = parts.count == 3 ? String(parts[1]) : nil
    }

    /// Whether the process that wrote to the file has ended, as far as can be known.
    ///
    /// - Parameter modified: when the file was last written to, in seconds.
    private func isAbandoned(modified: Double, now: Double, ownToo: Bool) -> Bool {
        guard host == nil || host == Self.thisHost else { return now - modified > Self.secondsToLive }
        return ownToo && process == getpid() || !isAlive(process)
    }

    /// Removes what processes that have ended left in a folder: plain files of this user's with such a name.
    ///
    /// - Parameters:
    ///   - ownToo: whether a file with this process's number is an old one's, because the caller writes none now.
    ///   - isAlone: whether the caller knows that nobody else writes to the folder: then all of them are left over.
    static func removeLeftovers(in folder: String, ownToo: Bool = false, isAlone: Bool = false) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        for name in (try? Files.names(in: folder)) ?? [] {
            guard let partial = PartialName(name) else { continue }
            var status = stat()
            guard lstat(folder + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_uid == geteuid()
            else { continue }
            let modified = Double(status.st_mtim.tv_sec)
            if isAlone || partial.isAbandoned(modified: modified, now: Double(now.tv_sec), ownToo: ownToo) {
                unlink(folder + "/" + name)
            }
        }
    }

    /// What tells this host, and on it the container, from others that may write to the same folder: the number of a
    /// process says nothing anywhere else.
    package static let thisHost: String = {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        var processes = stat()
        let space = stat("/proc/self/ns/pid", &processes) == 0 ? processes.st_ino : 0
        let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) } + Array(" \(space)".utf8)
        return hexadecimal(text.withUnsafeBytes { FastHash.of($0) })
    }()

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Whether a process of this number runs on this machine.
func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }
