/// A command line that asks for what there is not; whoever parsed it shows beside it how the command is used.
public struct UsageError: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode = ExitCode.usage

    /// - Parameter description: what was found, and what is expected.
    public init(_ description: String) { self.description = description }
}
