/// Label maps of PNG files, each for itself: grey values or indices are classes, or colours are those of a palette.
package struct LabelMapReader: Sendable {
    private let palette: MapPalette?
    /// What values stay below.
    private let classes: Int

    /// A label map: uint8 [height, width].
    package struct Map: Sendable {
        package let values: [UInt8]
        package let height: Int
        package let width: Int
    }

    /// - Parameters:
    ///   - palette: a JSON file of names and colours; nil for `palette.json` in the folder, where there is one.
    ///   - folder: of the maps.
    /// - Throws: ``DatasetError`` that names the palette and what is wrong with it; 64 where it has another number of classes.
    package init(palette path: String?, folder: String, classes: Int) throws {
        let usual = folder + "/" + MapPalette.fileName
        palette = try (path ?? (Files.exists(usual) ? usual : nil)).map { try MapPalette($0) }
        self.classes = classes
        if let palette, palette.names.count != classes {
            throw DatasetError.usage(
                "\(palette.path): has \(palette.names.count) classes, but \(classes) condition the generator")
        }
    }

    /// - Throws: ``DatasetError`` or ``FileError`` that names the file, and the place of what is no class.
    package func read(_ file: String) throws -> Map {
        guard file.lowercased().hasSuffix(".png") else {
            throw DatasetError.badData("\(file): a JPEG, expected a label map as PNG: JPEG changes values")
        }
        let map = try PNGValues(file) { _, _ in }
        let values = try MapFolder.classes(of: map, palette, below: classes, file, advice: "its checkpoint's generator")
        return Map(values: values, height: map.height, width: map.width)
    }
}
