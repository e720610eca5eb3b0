import Failure

/// A folder of image files with a semantic map for each of them.
final class MappedImages: ImportSource {
    private let images: ImageFolderSource
    private let maps: MapFolder

    /// - Parameter isStrict: whether an image without a map, or a map without an image, ends the import before it begins;
    ///   otherwise an image without one cannot be used, and a map without one is passed over.
    /// - Throws: ``DatasetError`` naming the files.
    init(_ images: ImageFolderSource, _ maps: MapFolder, isStrict: Bool) throws {
        self.images = images
        self.maps = maps
        var stems: [String: String] = [:]
        for index in 0..<images.count {
            let path = images.path(of: index)
            if let other = stems.updateValue(path, forKey: MapFolder.stem(path)) {
                throw DatasetError.badData("\(other) and \(path): two images of one name, which share a map")
            }
            if isStrict { _ = try mapPath(of: index) }
        }
        if isStrict, let path = maps.path(withoutAnyOf: Set(stems.keys)) {
            throw DatasetError.badData("\(path): a map without an image of its name")
        }
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
