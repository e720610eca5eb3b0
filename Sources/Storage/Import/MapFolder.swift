import Failure

/// A folder of PNG files with a class at every pixel, named as the images are that they belong to.
///
/// With a palette that has colours, pixels are colours, however the PNG keeps them; without, grey values and indices of a
/// PNG's own palette are classes as they are.
struct MapFolder {
    let folder: String
    let palette: MapPalette?
    /// What values stay below; nil where they are to be counted.
    let classes: Int?
    /// Below the folder, by what they share with their images.
    private let paths: [String: String]

    var count: Int { paths.count }

    /// - Parameters:
    ///   - source: the folder that the images are imported from, whose `palette.json` counts too.
    /// - Throws: ``DatasetError`` naming files: 65 for what cannot be maps, 64 for a number of classes that is not the
    ///   palette's.
    init(_ folder: String, source: String, _ options: ImportOptions) throws {
        self.folder = folder
        var paths: [String: String] = [:]
        for path in try ImageFolderSource.imagePaths(in: folder) {
            guard path.lowercased().hasSuffix(".png") else {
                throw DatasetError.badData("\(folder)/\(path): a JPEG, expected maps as PNG: JPEG changes values")
            }
            if let other = paths.updateValue(path, forKey: Self.stem(path)) {
                throw DatasetError.badData("\(folder)/\(other) and \(folder)/\(path): two maps of one name")
            }
        }
        guard !paths.isEmpty else {
            throw DatasetError.badData("\(folder): 0 maps. Expected .png files named as the images are")
        }
        self.paths = paths
        let usual = [folder, source].map { $0 + "/" + MapPalette.fileName }.first(where: Files.exists)
        palette = try (options.palette ?? usual).map { try MapPalette($0) }
        if let palette, let stated = options.mapClasses, stated != palette.names.count {
            throw DatasetError.usage("--map-classes \(stated): \(palette.path) has \(palette.names.count) classes")
        }
        classes = palette?.names.count ?? options.mapClasses
    }

    /// A path without what follows its last dot.
    static func stem(_ path: String) -> String { path.lastIndex(of: ".").map { String(path[..<$0]) } ?? path }

    /// The map of an image; nil where there is none.
    func path(forImage path: String) -> String? { paths[Self.stem(path)] }

    /// Those that belong to none of the images, by name.
    func paths(withoutAnyOf images: Set<String>) -> [String] {
        paths.filter { !images.contains($0.key) }.values.sorted().map { folder + "/" + $0 }
    }

    /// - Parameter image: whose map it is, with its name for messages.
    /// - Returns: uint8 [height, width], of the image's size.
    func read(_ path: String, for image: RasterImage, named name: String) throws -> [UInt8] {
        let file = folder + "/" + path
        let map = try PNGValues(file) { height, width in
            guard (height, width) == (image.height, image.width) else {
                throw DatasetError.badData(
                    "\(file) is \(height)x\(width), but \(name) is \(image.height)x\(image.width): "
                        + "expected a map of its image's size")
            }
        }
        return try Self.classes(
            of: map, palette, below: classes, file,
            advice: palette.map { $0.path } ?? "--map-classes \(classes.map { "\($0)" } ?? "")")
    }

    /// - Parameters:
    ///   - limit: what values stay below; nil where they are to be counted.
    ///   - file: for messages.
    ///   - advice: what states the limit, for messages.
    /// - Returns: uint8 [height, width].
    static func classes(
        of map: PNGValues, _ palette: MapPalette?, below limit: Int?, _ file: String, advice: @autoclosure () -> String
    ) throws -> [UInt8] {
        func place(_ pixel: Int) -> String { "row \(pixel / map.width), column \(pixel % map.width)" }
        let values: [UInt8]
        if let colors = palette?.classes {
            values = try classes(of: map, by: colors, palette, file, place)
        } else {
            guard map.channels == 1 else {
                throw DatasetError.badData(
                    "\(file): in colour, expected classes as grey values or indices. Give --palette, a JSON list of "
                        + "names and colours")
            }
            values = map.values
        }
        if let limit, let pixel = values.firstIndex(where: { $0 >= limit }) {
            throw DatasetError.badData(
                "\(file): holds \(values[pixel]) at \(place(pixel)), expected 0 to \(limit - 1) (\(advice()))")
        }
        return values
    }

    private static func classes(
        of map: PNGValues, by colors: [Int: UInt8], _ palette: MapPalette?, _ file: String, _ place: (Int) -> String
    ) throws -> [UInt8] {
        let entries = map.palette?.map { Self.key($0[0], $0[1], $0[2]) }
        return try (0..<map.height * map.width).map { pixel in
            let value = map.values[pixel * map.channels]
            let key: Int
            if let entries {
                guard Int(value) < entries.count else {
                    throw DatasetError.badData(
                        "\(file): index \(value) at \(place(pixel)), but its palette has \(entries.count) colours")
                }
                key = entries[Int(value)]
            } else if map.channels == 3 {
                key = Self.key(value, map.values[pixel * 3 + 1], map.values[pixel * 3 + 2])
            } else {
                key = Self.key(value, value, value)
            }
            guard let found = colors[key] else {
                throw DatasetError.badData(
                    "\(file): colour \(key >> 16) \(key >> 8 & 255) \(key & 255) at \(place(pixel)), which "
                        + "\(palette?.path ?? "the palette") does not have: expected "
                        + (palette?.colorText ?? "its colours"))
            }
            return found
        }
    }

    private static func key(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        Int(red) << 16 | Int(green) << 8 | Int(blue)
    }
}
