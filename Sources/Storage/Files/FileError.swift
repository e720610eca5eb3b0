import Failure
import Glibc

/// A file that cannot be read or written, with the system's reason.
public struct FileError: ExitCoded, CustomStringConvertible {
    public let path: String
    public let message: String
    public let exitCode: Int32
    /// The system's error number, 0 when there is none; 28 (`ENOSPC`) is a full disk.
    public let systemError: Int32

    public var description: String { "\(path): \(message)" }

    init(path: String, message: String, exitCode: Int32, systemError: Int32) {
        self.path = path
        self.message = message
        self.exitCode = exitCode
        self.systemError = systemError
    }

    /// Something is there, but not what belongs there (65).
    init(path: String, badData message: String) {
        self.init(path: path, message: message, exitCode: ExitCode.badData, systemError: 0)
    }

    /// From `errno`, after a failed attempt to write.
    static func write(_ path: String, _ operation: String) -> FileError {
        let code = errno
        let hint = code == ENOSPC || code == EDQUOT ? ". Free some space, or choose another folder" : ""
        return FileError(
            path: path, message: "\(operation) failed: \(String(cString: strerror(code)))\(hint)",
            exitCode: ExitCode.cannotWrite, systemError: code)
    }

    /// From `errno`, after a failed attempt to read.
    static func read(_ path: String, _ operation: String) -> FileError {
        let code = errno
        return FileError(
            path: path, message: "\(operation) failed: \(String(cString: strerror(code)))",
            exitCode: ExitCode.missingInput, systemError: code)
    }
}
