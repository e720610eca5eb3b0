/// Names of label classes, or of the values of semantic maps, in the order of their numbers.
///
/// They stand beside the data: an attribute of every shard, and of checkpoints of conditional runs, which programs that do
/// not know it pass over. No identity depends on them.
public enum ClassNames {
    public static let attribute = "class_names"
    /// Of the values of semantic maps.
    static let semanticAttribute = "semantic_names"
    /// An attribute of more is more than HDF5 keeps in an object's head.
    static let most = 1024
    private static let longest = 200

    /// What is wrong with names that somebody has given; nil where nothing is.
    static func problem(_ names: [String], classes: Int) -> String? {
        if names.count != classes { return "names \(names.count) classes, but there are \(classes)" }
        if let name = names.first(where: { $0.isEmpty || $0.utf8.count > longest || $0.contains("\0") }) {
            return "has a class name of \(name.utf8.count) bytes, expected 1 to \(longest), without zero bytes"
        }
        if Set(names).count < names.count { return "has one name for two classes" }
        return nil
    }

    /// Those that a dataset stores: all or none.
    static func storable(_ names: [String]) -> [String] {
        names.count <= most && problem(names, classes: names.count) == nil ? names : []
    }

    /// Those of a file's attribute; none where it has no such attribute.
    ///
    /// - Throws: ``DatasetError`` (65) where it is something else.
    static func read(
        _ attribute: String = attribute, from file: HDF5File, classes: Int, _ path: String
    ) throws -> [String] {
        guard let value = try file.attribute(attribute) else { return [] }
        guard let names = value.stringsValue else {
            throw DatasetError.badData("\(path): attribute \(attribute) is no list of strings")
        }
        if let problem = problem(names, classes: classes) {
            throw DatasetError.badData("\(path): attribute \(attribute) \(problem)")
        }
        return names
    }
}
