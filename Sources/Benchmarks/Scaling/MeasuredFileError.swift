import Failure

/// A file that is not what `ganglion bench cluster --json` prints.
public struct MeasuredFileError: ExitCoded, CustomStringConvertible {
    let file: String
    /// Nil where there is no file.
    let reason: String?
    var expected = "what ganglion bench cluster --json prints"
    public var exitCode: Int32 { reason == nil ? ExitCode.missingInput : ExitCode.badData }
    public var description: String {
        "\(file): found \(reason ?? "no file that can be read"); expected \(expected)"
    }
}
