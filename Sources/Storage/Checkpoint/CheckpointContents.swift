import Failure

/// What a checkpoint holds: named arrays and attributes.
public struct CheckpointContents: Sendable {
    /// Arrays in the order in which they are written. A path is a group and a name, which may contain dots:
    /// `generator/mapping.fc0.weight`, `optimizer/generator/m`, `state/pl_mean`. An empty shape is a scalar.
    public var arrays: [(path: String, shape: [Int], values: [Float])]
    /// Attributes of the file. `format`, `version`, `complete` and `digest` are added on writing.
    public var attributes: [(String, AttributeValue)]

    public init(
        arrays: [(path: String, shape: [Int], values: [Float])] = [], attributes: [(String, AttributeValue)] = []
    ) {
        self.arrays = arrays
        self.attributes = attributes
    }

    /// The array at `path`.
    public func array(_ path: String) -> (shape: [Int], values: [Float])? {
        arrays.first { $0.path == path }.map { ($0.shape, $0.values) }
    }

    /// The attribute `name`.
    public func attribute(_ name: String) -> AttributeValue? { attributes.first { $0.0 == name }?.1 }
}

/// A checkpoint that cannot be used or written.
public struct CheckpointError: ExitCoded, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What was found, and what to do.
    public let reason: String
    public let exitCode: Int32
    /// Whether nothing is wrong with the file but that another version of `ganglion` has written it.
    public var isOfOtherVersion = false

    public init(path: String, reason: String, exitCode: Int32) {
        self.path = path
        self.reason = reason
        self.exitCode = exitCode
    }

    public var description: String { "\(path): \(reason)" }

    /// A reason may list several files, a line each.
    public var lines: [String] {
        let reasons = reason.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return ["\(path): \(reasons.first ?? "")"] + reasons.dropFirst()
    }

    static func damaged(_ path: String, _ reason: String) -> CheckpointError {
        CheckpointError(path: path, reason: reason, exitCode: ExitCode.badData)
    }
}
