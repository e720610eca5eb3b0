import Glibc

/// Writes files so that a name shows either the whole new content or what was there before.
public enum AtomicFile {
    /// A new temporary name beside `path`, see ``PartialName``; another one each time.
    static func partialPath(for path: String) -> String {
        let (folder, name) = split(path)
        return folder + "/" + PartialName.make(for: name)
    }

    /// Creates a file for writing, which must not be there, not even as a link.
    ///
    /// - Returns: its descriptor, or -1 with the reason in `errno`.
    static func create(_ path: String, mode: mode_t = 0o644) -> Int32 {
        open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    }

    /// Writes `pieces` one after the other to a temporary file, syncs it, renames it to `path` and syncs the folder.
    ///
    /// - Throws: ``FileError`` with exit code 73, for example when the disk is full; the temporary file is gone then and
    ///   what stood at `path` is unchanged.
    public static func write(_ pieces: [UnsafeRawBufferPointer], to path: String) throws {
        let partial = partialPath(for: path)
        try writeAndSync(pieces, to: partial, named: path)
        guard rename(partial, path) == 0 else {
            let error = FileError.write(path, "renaming \(partial) to it")
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

    /// Writes `pieces` to a new file at `path` and syncs; what it made is removed when that fails.
    ///
    /// - Parameter name: what messages call it.
    static func writeAndSync(_ pieces: [UnsafeRawBufferPointer], to path: String, named name: String? = nil) throws {
        let name = name ?? path
        let file = create(path)
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
        guard close(file) == 0 else {
            let error = FileError.write(name, "closing it")
            unlink(path)
            throw error
        }
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
