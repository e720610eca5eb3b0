import Failure

/// A dataset, or a source of one, that cannot be used; the message names the file, what was found and what was expected.
public struct DatasetError: ExitCoded, CustomStringConvertible {
    public let message: String
    public let exitCode: Int32
    /// What belongs to the message, a line each.
    public var details: [String] = []

    /// The input is there, but damaged or of the wrong kind (65).
    public static func badData(_ message: String, details: [String] = []) -> DatasetError {
        DatasetError(message: message, exitCode: ExitCode.badData, details: details)
    }

    /// The input is not there (66).
    public static func missingInput(_ message: String) -> DatasetError {
        DatasetError(message: message, exitCode: ExitCode.missingInput)
    }

    /// The output cannot be written (73).
    public static func cannotWrite(_ message: String) -> DatasetError {
        DatasetError(message: message, exitCode: ExitCode.cannotWrite)
    }

    /// The options contradict each other or the data (64).
    public static func usage(_ message: String) -> DatasetError {
        DatasetError(message: message, exitCode: ExitCode.usage)
    }

    public var lines: [String] { [message] + details }

    public var description: String { lines.joined(separator: "\n") }
}
