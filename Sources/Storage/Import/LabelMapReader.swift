/// Label maps of PNG files, each for itself: grey values or indices are classes, or colours are those of a palette.
package struct LabelMapReader: Sendable {
    private let palette: MapPalette?
    /// What values stay below.
    private let classes: Int
    /// What states so, for messages.
    private let origin: String

    /// Tells palettes apart: what names and colours they have.
    package var paletteText: String {
        guard let palette else { return "none" }
        var hash = ContentHash()
        for name in palette.names { hash.add(name) }
        for (color, number) in (palette.classes ?? [:]).sorted(by: { $0.key < $1.key }) {
            hash.add("\(color) \(number)")
        }
        return "\(palette.path), \(hash.text)"
    }

    /// A label map: uint8 [height, width].
    package struct Map: Sendable {
        package let values: [UInt8]
        package let height: Int
        package let width: Int
    }

    /// - Parameters:
    ///   - palette: a JSON file of names and colours; nil for `palette.json` in the folder, where there is one.
    ///   - folder: of the maps.
    ///   - origin: the file that states how many classes there are, for messages.
    /// - Throws: ``DatasetError`` that names the palette and what is wrong with it; 64 where it has another number of classes.
    package init(palette path: String?, folder: String, classes: Int, origin: String) throws {
        let usual = folder + "/" + MapPalette.fileName
        palette = try (path ?? (Files.exists(usual) ? usual : nil)).map { try MapPalette($0) }
        (self.classes, self.origin) = (classes, origin)
        if let palette, palette.names.count != classes {
            throw DatasetError.usage(
                "\(palette.path): has \(palette.names.count) classes, but \(classes) condition the generator of \(origin)"
            )
        }
    }

    /// - Parameter check: refuses a size, before memory is taken for so many pixels.
    /// - Throws: ``DatasetError`` or ``FileError`` that names the file, and the place of what is no class.
    package func read(_ file: String, check: (_ height: Int, _ width: Int) throws -> Void) throws -> Map {
        let map = try PNGValues(file, check: check)
        let values = try MapFolder.classes(of: map, palette, below: classes, file, advice: origin)
        return Map(values: values, height: map.height, width: map.width)
    }
}
