import Glibc

/// Writes files so that a name shows either the whole new content or what was there before.
public enum AtomicFile {
    /// A temporary name beside `path`: hidden, and carrying the process that owns it.
    static func partialPath(for path: String) -> String {
        let (folder, name) = split(path)
        return folder + "/.\(name).partial-\(getpid())"
    }

    /// The process that owns a name made by ``partialPath(for:)``, or nil for any other name.
    static func owner(ofPartial name: String) -> Int32? {
        guard name.hasPrefix("."), let range = name.lastRange(of: ".partial-") else { return nil }
        return Int32(name[range.upperBound...])
    }

    /// Writes `pieces` one after the other to a temporary file, syncs it, renames it to `path` and syncs the folder.
    ///
    /// - Throws: ``FileError`` with exit code 73, for example when the disk is full; the temporary file is gone then and
    ///   what stood at `path` is unchanged.
    public static func write(_ pieces: [UnsafeRawBufferPointer], to path: String) throws {
        let partial = partialPath(for: path)
        do {
            try writeAndSync(pieces, to: partial, named: path)
            guard rename(partial, path) == 0 else { throw FileError.write(path, "renaming \(partial) to it") }
        } catch {
            unlink(partial)
            throw error
        }
        try syncFolder(split(path).folder)
    }

    /// Writes bytes as ``write(_:to:)`` does.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try bytes.withUnsafeBytes { try write([$0], to: path) }
    }

    /// Writes text as ``write(_:to:)`` does.
    public static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    /// Writes `pieces` to `path` itself and syncs; what it made is removed when that fails.
    ///
    /// - Parameter name: what messages call it.
    static func writeAndSync(_ pieces: [UnsafeRawBufferPointer], to path: String, named name: String? = nil) throws {
        let name = name ?? path
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw FileError.write(name, "creating it") }
        do {
            for piece in pieces {
                var rest = piece[...]
                while !rest.isEmpty {
                    let count = Glibc.write(file, rest.baseAddressOfSlice, min(rest.count, 1 << 26))
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw FileError.write(name, "writing \(piece.count) bytes") }
                    rest = rest.dropFirst(count)
                }
            }
            guard fsync(file) == 0 else { throw FileError.write(name, "syncing it to the disk") }
        } catch {
            close(file)
            unlink(path)
            throw error
        }
        guard close(file) == 0 else { throw FileError.write(name, "closing it") }
    }

    static func syncFolder(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError.write(folder, "opening the folder") }
        defer { close(descriptor) }
        // Some network file systems cannot sync a folder and say so; the rename has happened all the same.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw FileError.write(folder, "syncing the folder")
        }
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var baseAddressOfSlice: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}

extension String {
    fileprivate func lastRange(of needle: String) -> Range<String.Index>? {
        ranges(of: needle).last
    }
}

/// Whether a process of this number runs on this machine.
func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }
