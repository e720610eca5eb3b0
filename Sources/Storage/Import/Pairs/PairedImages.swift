/// Image files, each with another of its name in a second folder, which it is made from.
final class PairedImages: ImportSource {
    private let images: any NamedImages
    private let conditions: PairFolder

    let leftOver: [String]

    /// - Parameter isStrict: whether an image without a pair, or a condition image without an image, ends the import before
    ///   it begins; otherwise either is left out, and said.
    /// - Throws: ``DatasetError`` (65) naming the files.
    init(_ images: any NamedImages, _ conditions: PairFolder, isStrict: Bool) throws {
        self.images = images
        self.conditions = conditions
        let stems = try images.stems(sharing: "condition image")
        leftOver =
            images.leftOver
            + conditions.paths(withoutAnyOf: Set(stems.keys)).map {
                "\($0): a condition image without an image of its name"
            }
        guard isStrict else { return }
        for index in 0..<images.count { _ = try conditionPath(of: index) }
        if let first = leftOver.first { throw DatasetError.badData(first) }
    }

    var count: Int { images.count }
    var classes: Int { images.classes }
    var classNames: [String] { images.classNames }
    var semanticClasses: Int { images.semanticClasses }
    var semanticNames: [String] { images.semanticNames }
    var countsSemanticClasses: Bool { images.countsSemanticClasses }
    var summary: String { "\(images.summary), \(conditions.count) condition images in \(conditions.folder)" }

    func name(of index: Int) -> String { images.name(of: index) }

    func read(_ index: Int) throws -> SourceImage {
        let path = try conditionPath(of: index)
        var image = try images.read(index)
        image.condition = try conditions.read(path, for: image.image, named: name(of: index))
        return image
    }

    func finish() throws { try images.finish() }

    private func conditionPath(of index: Int) throws -> String {
        let path = images.path(of: index)
        if let found = conditions.path(forImage: path) { return found }
        throw DatasetError.badData(
            "\(name(of: index)): has no pair, expected \(conditions.folder)/\(MapFolder.stem(path)) as .png, .jpg or "
                + ".jpeg")
    }
}
