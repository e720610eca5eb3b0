/// Keys that the command line named, by `--set` or another option, rather than a file or a preset.
///
/// They tell what was changed on purpose, and are no part of the values: any two are equal, so that configurations with
/// equal values are equal.
public struct ExplicitKeys: Equatable, Sendable {
    private var paths: Set<String>

    public init(_ paths: Set<String> = []) {
        self.paths = paths
    }

    /// Whether the command line named the key.
    public func contains(_ path: String) -> Bool { paths.contains(path) }

    public static func == (_: ExplicitKeys, _: ExplicitKeys) -> Bool { true }
}
