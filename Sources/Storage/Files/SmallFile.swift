import Failure
import Glibc

/// A small file in a place where anybody may have put anything: links, pipes, devices and endless files do no harm.
final class SmallFile {
    /// Whether this process has locked it for itself (`flock`).
    enum Lock {
        case ours
        case others
        /// The file system cannot lock.
        case impossible
    }

    /// The file, or its first bytes.
    let bytes: [UInt8]
    let lock: Lock
    let status: stat
    private let descriptor: Int32
    private let limit: Int

    /// Opens a file and reads it.
    ///
    /// - Parameters:
    ///   - limit: bytes that are read at most.
    ///   - locks: whether to try to lock it for as long as this object lives.
    /// - Returns: nil when nothing stands at `path`.
    /// - Throws: ``FileError`` when it cannot be read, or is no ordinary file.
    static func open(_ path: String, limit: Int, locks: Bool = false) throws -> SmallFile? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError.read(path, "looking at it")
        }
        try check(status, path)
        let flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        // A network file system locks only what is open for writing.
        var descriptor = Glibc.open(path, flags | (locks ? O_RDWR : O_RDONLY))
        if descriptor < 0, locks, errno != ENOENT { descriptor = Glibc.open(path, flags | O_RDONLY) }
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError.read(path, "opening")
        }
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            // On a network file system it may have been removed just now.
            if errno == ESTALE { return nil }
            throw FileError.read(path, "looking at it")
        }
        do {
            try check(status, path)
            return SmallFile(
                descriptor, status, limit, bytes: try read(descriptor, limit, path),
                lock: locks ? tryToLock(descriptor) : .impossible)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(_ descriptor: Int32, _ status: stat, _ limit: Int, bytes: [UInt8], lock: Lock) {
        self.descriptor = descriptor
        self.limit = limit
        self.status = status
        self.bytes = bytes
        self.lock = lock
    }

    // Closing it unlocks it.
    deinit { close(descriptor) }

    /// Whether another look at the same path found the same file.
    func isSame(as other: stat) -> Bool { status.st_dev == other.st_dev && status.st_ino == other.st_ino }

    /// Locks an open file, if nobody else has.
    static func tryToLock(_ descriptor: Int32) -> Lock {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            return errno == EWOULDBLOCK ? .others : .impossible
        }
        return .ours
    }

    /// The bytes that stand in the file now.
    func bytesNow() -> [UInt8]? { try? Self.read(descriptor, limit, "") }

    private static func check(_ status: stat, _ path: String) throws {
        let kind: String
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFLNK: kind = "a symbolic link"
        case S_IFDIR: kind = "a folder"
        case S_IFIFO: kind = "a pipe"
        case S_IFSOCK: kind = "a socket"
        default: kind = "a device"
        }
        throw FileError(
            path: path, message: "is \(kind), expected a file: remove it", exitCode: ExitCode.cannotWrite,
            systemError: 0)
    }

    private static func read(_ descriptor: Int32, _ limit: Int, _ path: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: limit) { buffer, done in
            while done < limit {
                let got = pread(descriptor, buffer.baseAddress.map { $0 + done }, limit - done, off_t(done))
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw FileError.read(path, "reading") }
                if got == 0 { break }
                done += got
            }
        }
    }
}
