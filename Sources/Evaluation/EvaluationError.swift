import Failure

/// Images that a metric is not defined for; the message says what was found and what was expected. Thrown by all ranks
/// alike.
public struct EvaluationError: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode = ExitCode.badData

    package init(_ description: String) { self.description = description }
}
