import Failure
import Glibc
import Synchronization

/// Has HDF5 files looked through before they are opened: by a process of its own, which may crash, hang or run out of
/// memory on a damaged or forged file, so that this one does not.
///
/// A program that calls ``start()`` first of all has such a process. In any other, that of a test for example, the same
/// walk is made in the process itself.
public enum HDF5Surveyor {
    /// What tells files from each other, and from what they were before they were written to.
    public struct Identity: Hashable, Sendable, Codable {
        let device: UInt64, inode: UInt64, size: Int
        let written: [Int], changed: [Int]
    }

    private enum Walker {
        case thisProcess
        case server(SurveyServer)
        /// A server was asked for, and cannot be had.
        case none(reason: String)
    }

    private static let walker = Mutex(Walker.thisProcess)
    private static let surveyed = Mutex<Set<Identity>>([])

    /// Starts the process that looks through files. To be called at the very start of a program, before it has threads.
    public static func start() {
        let server = SurveyServer.start()
        let reason = String(cString: strerror(errno))
        walker.withLock { $0 = server.map { .server($0) } ?? .none(reason: reason) }
    }

    /// Looks through those of the files that were not looked through before, all in one process.
    ///
    /// - Returns: what tells the files, for ``accept(_:)`` in other processes on the same host.
    /// - Throws: ``HDF5Error`` or another ``ExitCoded`` error for the first file that is missing (66), damaged, forged,
    ///   or in part in other files (65).
    @discardableResult
    public static func survey(_ paths: [String]) throws -> [Identity] {
        let identities = try paths.map { try identity(of: $0) }
        let known = surveyed.withLock { $0 }
        let new = zip(paths, identities).filter { !known.contains($0.1) }
        guard let first = new.first?.0 else { return identities }
        do {
            try walker.withLock { walker in
                switch walker {
                case .server(let server): try server.survey(new.map { ($0.0, $0.1.size) })
                case .thisProcess:
                    for (path, _) in new {
                        // Nothing stands between this process and what HDF5 makes of damage.
                        try FileSeal.check(path)
                        try HDF5Survey.run(path)
                    }
                case .none(let reason):
                    throw SurveyServer.failure(first, "the process for it could not be started: \(reason)")
                }
            }
        } catch let error as HDF5Error {
            // A seal that does not match tells more than what comes of it.
            try FileSeal.check(error.file)
            throw error
        }
        surveyed.withLock { $0.formUnion(new.map(\.1)) }
        return identities
    }

    /// Takes files as looked through by another process of the same job on the same host.
    public static func accept(_ identities: [Identity]) { surveyed.withLock { $0.formUnion(identities) } }

    private static func identity(of path: String) throws -> Identity {
        func refusal(_ message: String, _ exitCode: Int32 = ExitCode.missingInput) -> HDF5Error {
            HDF5Error(file: path, operation: "opening", message: message, exitCode: exitCode)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            throw refusal(code == ENOENT || code == ENOTDIR ? "no such file" : String(cString: strerror(code)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw refusal("is no file, expected an HDF5 file", ExitCode.badData)
        }
        guard access(path, R_OK) == 0 else { throw refusal("permission to read it is missing") }
        return Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            written: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec],
            changed: [status.st_ctim.tv_sec, status.st_ctim.tv_nsec])
    }
}
