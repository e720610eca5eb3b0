/// Keys that the user named: on the command line, by `--set` or another option, or in a file; not those of a preset, nor
/// of what a checkpoint holds.
///
/// They tell what was changed on purpose, and are no part of the values: any two are equal, so that configurations with
/// equal values are equal.
public struct ExplicitKeys: Equatable, Sendable {
    private var paths: Set<String>
    private var inFile: Set<String>

    /// - Parameter paths: of the command line.
    public init(_ paths: Set<String> = [], inFile: Set<String> = []) {
        self.paths = paths
        self.inFile = inFile
    }

    /// Whether the command line named the key.
    public func contains(_ path: String) -> Bool { paths.contains(path) }

    /// Whether a file named it.
    public func fileContains(_ path: String) -> Bool { inFile.contains(path) }

    public static func == (_: ExplicitKeys, _: ExplicitKeys) -> Bool { true }
}
