import Failure

/// A folder of image files with a semantic map for each of them.
final class MappedImages: NamedImages {
    private let images: ImageFolderSource
    private let maps: MapFolder

    let leftOver: [String]

    /// - Parameter isStrict: whether an image without a map, or a map without an image, ends the import before it begins;
    ///   otherwise either is left out, and said.
    /// - Throws: ``DatasetError`` naming the files.
    init(_ images: ImageFolderSource, _ maps: MapFolder, isStrict: Bool) throws {
        self.images = images
        self.maps = maps
        let stems = try images.stems(sharing: "map")
        leftOver = maps.paths(withoutAnyOf: Set(stems.keys)).map { "\($0): a map without an image of its name" }
        guard isStrict else { return }
        for index in 0..<images.count { _ = try mapPath(of: index) }
        if let first = leftOver.first { throw DatasetError.badData(first) }
    }

    var count: Int { images.count }
    var classes: Int { images.classes }
    var classNames: [String] { images.classNames }
    var semanticClasses: Int { maps.classes ?? DatasetFormat.mostSemanticClasses }
    var semanticNames: [String] { maps.palette?.names ?? [] }
    var countsSemanticClasses: Bool { maps.classes == nil }

    var summary: String {
        "\(images.summary), \(maps.count) maps in \(maps.folder)"
            + (maps.palette.map { ", \($0.names.count) classes by \($0.path)" } ?? "")
    }

    func name(of index: Int) -> String { images.name(of: index) }

    func path(of index: Int) -> String { images.path(of: index) }

    func read(_ index: Int) throws -> SourceImage {
        let path = try mapPath(of: index)
        var image = try images.read(index)
        image.semantic = try maps.read(path, for: image.image, named: name(of: index))
        return image
    }

    private func mapPath(of index: Int) throws -> String {
        if let path = maps.path(forImage: images.path(of: index)) { return path }
        throw DatasetError.badData(
            "\(name(of: index)): has no map, expected \(maps.folder)/\(MapFolder.stem(images.path(of: index))).png")
    }
}
