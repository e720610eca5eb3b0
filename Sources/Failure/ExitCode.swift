/// The exit codes of `ganglion`, after `sysexits.h`.
public enum ExitCode {
    /// Done as asked.
    public static let done: Int32 = 0
    /// The command line is wrong.
    public static let usage: Int32 = 64
    /// An input is there, but damaged or of the wrong kind.
    public static let badData: Int32 = 65
    /// An input is not there.
    public static let missingInput: Int32 = 66
    /// An internal error, or replicas that diverged.
    public static let internalError: Int32 = 70
    /// An output cannot be written.
    public static let cannotWrite: Int32 = 73
    /// Stopped by a signal after a checkpoint; a launcher starts the run again.
    public static let stopped: Int32 = 75
    /// A configuration key is wrong.
    public static let badConfiguration: Int32 = 78
}

/// An error that knows the code with which the program should end, and says in its description what was found and what was
/// expected.
public protocol ExitCoded: Error, CustomStringConvertible {
    /// One of ``ExitCode``.
    var exitCode: Int32 { get }

    /// The message, by lines; one, unless an error says otherwise.
    ///
    /// Whoever prints an error breaks lines here and nowhere else: a line break in the name of a file, which a message
    /// quotes, is shown as one, and cannot forge a line.
    var lines: [String] { get }
}

extension ExitCoded {
    public var lines: [String] { ["\(self)"] }
}
