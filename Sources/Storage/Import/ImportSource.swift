/// Something that images are imported from.
protocol ImportSource {
    /// What it is, for the user: "IDX images (60000 of 28x28)".
    var summary: String { get }
    var count: Int { get }
    /// Number of label classes, 0 without labels.
    var classes: Int { get }
    /// Names of the classes, where the source tells them.
    var classNames: [String] { get }
    /// Number of values in semantic maps, 0 without.
    var semanticClasses: Int { get }
    /// Names of the values in semantic maps, where the source tells them.
    var semanticNames: [String] { get }
    /// Whether `semanticClasses` is only a bound, and what the maps hold is to be counted.
    var countsSemanticClasses: Bool { get }
    /// What the source has beside its images that belongs to none of them, each with what is wrong with it.
    var leftOver: [String] { get }
    /// What messages call image `index`: a file name, or a file and a number.
    func name(of index: Int) -> String
    /// Reads image `index`; asked for in ascending order, none twice.
    ///
    /// - Throws: ``DatasetError`` naming file, found and expected. A ``BrokenSource`` ends the import in any case.
    func read(_ index: Int) throws -> SourceImage
    /// Called after the last image that is read: checks what the source holds besides the images that were asked for.
    ///
    /// - Throws: ``DatasetError`` naming file, found and expected.
    func finish() throws
}

extension ImportSource {
    func finish() throws {}
    var classNames: [String] { [] }
    var semanticNames: [String] { [] }
    var countsSemanticClasses: Bool { false }
    var leftOver: [String] { [] }
}

/// A fault after which nothing more can be read from a source, whatever `--on-error` says.
struct BrokenSource: Error {
    let cause: any Error
}
