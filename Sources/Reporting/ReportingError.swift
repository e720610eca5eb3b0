import Failure
import Glibc

/// A file or folder of the run that cannot be written or read.
public struct ReportingError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted: "create the folder".
    public let attempt: String
    public let path: String
    /// The system's reason: "No space left on device".
    public let reason: String

    public init(attempt: String, path: String, reason: String) {
        self.attempt = attempt
        self.path = path
        self.reason = reason
    }

    init(attempt: String, path: String, code: Int32) {
        self.init(attempt: attempt, path: path, reason: String(cString: strerror(code)))
    }

    /// 73, cannot write.
    public var exitCode: Int32 { ExitCode.cannotWrite }

    public var description: String { "cannot \(attempt) \(path): \(reason)" }
}
