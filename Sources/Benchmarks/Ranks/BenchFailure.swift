import Failure

/// A measuring process that gave no result.
struct BenchFailure: ExitCoded, CustomStringConvertible {
    let command: String
    let status: Int32
    /// As the system does with those that take all memory.
    let wasKilled: Bool
    let exitCode = ExitCode.internalError
    var description: String {
        "`\(command)` \(wasKilled ? "was killed by signal" : "ended with") \(status) and measured nothing; "
            + (wasKilled ? "memory may have run out" : "what it says above tells why")
    }
}
