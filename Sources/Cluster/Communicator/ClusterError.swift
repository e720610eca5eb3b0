import Failure

/// A failure of communication itself, or of the way the job was launched.
public struct ClusterError: ExitCoded, CustomStringConvertible {
    /// What was being done, for instance the name of the MPI call.
    public let call: String
    /// What was found, what was expected, what to do.
    public let reason: String
    /// 70 (internal) for communication, 78 for a wrong launch.
    public let exitCode: Int32

    public init(call: String, reason: String, exitCode: Int32 = ExitCode.internalError) {
        self.call = call
        self.reason = reason
        self.exitCode = exitCode
    }

    public var description: String { "\(call): \(reason)" }
}
