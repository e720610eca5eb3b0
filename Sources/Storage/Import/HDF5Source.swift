/// An HDF5 file with uint8 `images` [N, H, W, C], and perhaps `labels` [N] and `semantic` [N, H, W].
final class HDF5Source: ImportSource {
    let count: Int
    let classes: Int
    let classNames: [String]
    let semanticClasses: Int
    let semanticNames: [String]
    var hasMaps: Bool { semantic != nil }
    private let path: String
    private let images: HDF5Dataset
    private let labels: [Int32]?
    private let semantic: HDF5Dataset?
    private var window: (rows: Range<Int>, images: [UInt8], semantic: [UInt8]) = (0..<0, [], [])

    /// - Parameters:
    ///   - withMaps: whether semantic maps are read, where there are any.
    ///   - mapClasses: values in them; nil for what the file states, else as many as there can be.
    init(_ path: String, withLabels: Bool, withMaps: Bool = true, mapClasses: Int? = nil) throws {
        self.path = path
        let file = try HDF5File(reading: path)
        guard file.contains("images") else {
            let names = try file.datasetPaths().prefix(8).joined(separator: ", ")
            throw DatasetError.badData(
                "\(path): holds no dataset images, expected uint8 images [N, H, W, C]; it holds: \(names)")
        }
        images = try file.dataset("images")
        let shape = images.shape
        guard images.kind == .uint8, shape.count == 4, shape[3] == 1 || shape[3] == 3 else {
            throw DatasetError.badData(
                "\(path): images is \(images.kind) \(shape), expected uint8 [N, H, W, C] with C = 1 or 3")
        }
        let (height, width) = (shape[1], shape[2])
        guard (1...Self.longestSide).contains(height), (1...Self.longestSide).contains(width),
            height * width * shape[3] <= Self.largestImage
        else {
            throw DatasetError.badData(
                "\(path): images is \(shape), that is images of \(height)x\(width), expected sides from 1 to "
                    + "\(Self.longestSide), and at most \(Files.text(bytes: Self.largestImage)) an image")
        }
        count = shape[0]
        guard (1...DatasetFormat.mostRows).contains(count) else {
            throw DatasetError.badData("\(path): holds \(count) images, expected 1 to \(DatasetFormat.mostRows)")
        }
        if withLabels, file.contains("labels") {
            let dataset = try file.dataset("labels")
            guard dataset.shape == [count], dataset.kind == .integer || dataset.kind == .uint8 else {
                throw DatasetError.badData(
                    "\(path): labels is \(dataset.kind) \(dataset.shape), expected integers [\(count)]")
            }
            let values: [Int32] = try dataset.values()
            let stated = try Self.stated("classes", in: file, path, most: DatasetFormat.mostClasses)
            let limit = stated ?? DatasetFormat.mostClasses
            if let row = values.firstIndex(where: { $0 < 0 || $0 >= limit }) {
                throw DatasetError.badData("\(path): row \(row) has label \(values[row]), expected 0 to \(limit - 1)")
            }
            labels = values
            classes = stated ?? Int(values.max() ?? 0) + 1
            classNames = try ClassNames.read(from: file, classes: classes, path)
        } else {
            labels = nil
            classes = 0
            classNames = []
        }
        if withMaps, file.contains("semantic") {
            let maps = try file.dataset("semantic")
            guard maps.kind == .uint8, maps.shape == Array(shape[0..<3]) else {
                throw DatasetError.badData(
                    "\(path): semantic is \(maps.kind) \(maps.shape), expected uint8 \(Array(shape[0..<3]))")
            }
            semantic = maps
            let most = DatasetFormat.mostSemanticClasses
            let stated = try Self.stated("semantic_classes", in: file, path, most: most)
            semanticClasses = mapClasses ?? stated ?? most
            semanticNames =
                stated == semanticClasses
                ? try ClassNames.read(ClassNames.semanticAttribute, from: file, classes: semanticClasses, path) : []
        } else {
            semantic = nil
            semanticClasses = 0
            semanticNames = []
        }
    }

    /// Bounds of an image, which is held in memory whole.
    private static let longestSide = 1 << 14
    private static let largestImage = 1 << 28

    /// What an attribute says of the number of classes; nil when it is missing or 0.
    private static func stated(_ name: String, in file: HDF5File, _ path: String, most: Int) throws -> Int? {
        guard let value = try file.attribute(name) else { return nil }
        guard let number = value.intValue, (0...most).contains(number) else {
            throw DatasetError.badData("\(path): attribute \(name) is \(value), expected 0 to \(most)")
        }
        return number > 0 ? number : nil
    }

    var summary: String {
        "HDF5, images \(images.shape)" + (labels == nil ? ", no labels" : ", \(classes) classes")
            + (semantic == nil ? "" : ", semantic maps")
    }

    func name(of index: Int) -> String { "\(path), row \(index)" }

    func read(_ index: Int) throws -> SourceImage {
        let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
        let (size, mapSize) = (height * width * channels, height * width)
        if !window.rows.contains(index) {
            let rows = index..<min(count, index + max(1, (1 << 22) / max(1, size)))
            do {
                window = (
                    rows, try images.values(rows: rows), try semantic?.values(rows: rows) ?? []
                )
            } catch {
                throw BrokenSource(cause: error)
            }
        }
        let row = index - window.rows.lowerBound
        let map = semantic == nil ? nil : Array(window.semantic[row * mapSize..<(row + 1) * mapSize])
        if let value = map?.max(), value >= semanticClasses {
            throw DatasetError.badData(
                "\(name(of: index)): its semantic map holds \(value), expected 0 to \(semanticClasses - 1)")
        }
        return SourceImage(
            image: RasterImage(
                height: height, width: width, channels: channels,
                pixels: Array(window.images[row * size..<(row + 1) * size])),
            label: labels?[index],
            semantic: map)
    }
}
