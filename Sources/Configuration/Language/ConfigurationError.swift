import Failure

/// Where a value was written.
public enum ConfigurationSource: Equatable, Sendable, CustomStringConvertible {
    case preset(String)
    /// Line counted from 1.
    case file(String, line: Int)
    /// The configuration that a checkpoint holds; line counted from 1.
    case checkpoint(String, line: Int)
    /// `--set key=value`.
    case override(String)
    /// Another option of the command line, as it was typed.
    case option(String)
    /// The values as a whole, once the data set and the ranks are known.
    case resolution

    public var description: String {
        switch self {
        case .preset(let name): "preset \(name)"
        case .file(let path, let line): line > 0 ? "\(path), line \(line)" : path
        case .checkpoint(let path, let line): "\(path), the configuration in it" + (line > 0 ? ", line \(line)" : "")
        case .override(let text): "--set \(text)"
        case .option(let text): text
        case .resolution: "with this data set and these ranks"
        }
    }
}

/// What is wrong with a configuration: the key, what was found, what is allowed, and where it was written.
public struct ConfigurationError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
    public enum Kind: Equatable, Sendable {
        case unknownKey
        case wrongType
        case outOfRange
        /// Two values exclude each other.
        case conflict
        /// The file is no YAML mapping.
        case badYAML
        /// The file cannot be read.
        case missingFile
        /// It is a folder, a device or a FIFO.
        case noFile
        /// `--set` without `key=value`.
        case usage
    }

    public let kind: Kind
    /// The key with dots, or an empty string where no key is to blame.
    public let key: String
    public let source: ConfigurationSource
    /// The whole message but for the source.
    public let message: String

    public init(_ kind: Kind, key: String, source: ConfigurationSource, message: String) {
        self.kind = kind
        self.key = key
        self.source = source
        self.message = message
    }

    /// 78, bad configuration; 66 for a missing file; 65 for what is no file, and for what a checkpoint holds; 64 for a
    /// malformed option.
    public var exitCode: Int32 {
        if case .checkpoint = source { return ExitCode.badData }
        switch kind {
        case .noFile: return ExitCode.badData
        case .missingFile: return ExitCode.missingInput
        case .usage: return ExitCode.usage
        default: return ExitCode.badConfiguration
        }
    }

    public var description: String { "\(message) (\(source))" }
}
