import Storage

/// Two checkpoints' states, bit for bit.
public enum StateComparison {
    /// Attributes that tell of a run's circumstances: where and on how many ranks it ran, with which settings.
    private static let circumstances: Set = [
        "format", "version", "complete", "digest", "config", "ranks", "resolution", "channels", "classes",
        "class_names",
    ]

    /// Names of arrays and attributes that differ, and how many arrays there are in both together.
    public static func differences(
        _ a: CheckpointContents, _ b: CheckpointContents
    ) -> (names: [String], arrays: Int) {
        let (first, second) = (byPath(a), byPath(b))
        let paths = Set(first.keys).union(second.keys).sorted()
        var names = paths.filter { first[$0] != second[$0] }
        let attributes = Set((a.attributes + b.attributes).map(\.0)).subtracting(circumstances).sorted()
        names += attributes.filter { a.attribute($0) != b.attribute($0) }.map { "attribute \($0)" }
        return (names, paths.count)
    }

    private static func byPath(_ contents: CheckpointContents) -> [String: [UInt32]] {
        Dictionary(contents.arrays.map { ($0.path, $0.values.map(\.bitPattern)) }) { first, _ in first }
    }
}
