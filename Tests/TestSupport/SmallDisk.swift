import Glibc

/// A file system of its own, of a few megabytes, in memory; gone when the object is.
public final class SmallDisk {
    public let path: String

    /// - Returns: nil where this process may not mount.
    public init?(kilobytes: Int) {
        var template = Array("/tmp/ganglion-disk-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard Self.succeeds(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path]) else { return nil }
    }

    deinit {
        _ = Self.succeeds(["umount", "-l", path])
        rmdir(path)
    }

    /// Refuses to be written from now on; returns whether it does.
    public func becomeReadOnly() -> Bool { Self.succeeds(["mount", "-o", "remount,ro", path]) }

    /// Whether this process may mount.
    public static let isPermitted = SmallDisk(kilobytes: 64) != nil

    private static func succeeds(_ arguments: [String]) -> Bool {
        (try? ChildProcess.run(arguments))?.status == 0
    }
}
