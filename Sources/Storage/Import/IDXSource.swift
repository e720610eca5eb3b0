import Failure

/// Images of the MNIST family: a magic number, sizes, and bytes; packed with gzip or not.
final class IDXSource: ImportSource {
    static let imageMagic = 2051
    static let labelMagic = 2049

    let count: Int
    let classes: Int
    let semanticClasses = 0
    private let path: String
    private let height: Int
    private let width: Int
    private let reader: GzipReader
    private let labels: [UInt8]?
    private var next = 0

    /// - Parameter withLabels: whether the label file beside it is read if there is one.
    init(_ path: String, withLabels: Bool) throws {
        self.path = path
        reader = try GzipReader(path)
        let head = try Self.integers(reader, count: 4)
        guard head[0] == Self.imageMagic else {
            let hint = head[0] == Self.labelMagic ? ", this is a label file; name the image file" : ""
            throw DatasetError.badData("\(path): IDX magic is \(head[0]), expected \(Self.imageMagic)\(hint)")
        }
        (count, height, width) = (head[1], head[2], head[3])
        guard height > 0, width > 0, height <= 1 << 14, width <= 1 << 14 else {
            throw DatasetError.badData("\(path): states images of \(height)x\(width), expected 1 to 16384")
        }
        try reader.expect([count, height, width].checkedProduct(), what: "\(count) images of \(height)x\(width)")
        labels = withLabels ? try Self.labels(beside: path, count: count) : nil
        classes = labels.map { Int($0.max() ?? 0) + 1 } ?? 0
    }

    var summary: String {
        "IDX, \(count) images of \(height)x\(width)" + (labels == nil ? ", no labels" : ", \(classes) classes")
    }

    func name(of index: Int) -> String { "\(path), image \(index)" }

    func read(_ index: Int) throws -> SourceImage {
        do {
            let pixels = try reader.read(exactly: height * width)
            next = index + 1
            return SourceImage(
                image: RasterImage(height: height, width: width, channels: 1, pixels: pixels),
                label: labels.map { Int32($0[index]) })
        } catch {
            throw BrokenSource(cause: error)
        }
    }

    /// With a limit, too, what was left out has to be there, and be sound: only its end tells whether a packed file is whole.
    func finish() throws { try reader.finish(after: (count - next) * height * width) }

    /// The labels in the file whose name has `labels-idx1` for `images-idx3`, packed or not; nil when it is missing.
    private static func labels(beside path: String, count: Int) throws -> [UInt8]? {
        let (folder, name) = AtomicFile.split(path)
        guard let range = name.ranges(of: "images").last else { return nil }
        let renamed = name.replacingCharacters(in: range, with: "labels").replacing("idx3", with: "idx1")
        let plain = renamed.hasSuffix(".gz") ? String(renamed.dropLast(3)) : renamed
        guard let file = [renamed, plain, plain + ".gz"].map({ folder + "/" + $0 }).first(where: Files.exists) else {
            return nil
        }
        let reader = try GzipReader(file)
        let head = try integers(reader, count: 2)
        guard head[0] == labelMagic else {
            throw DatasetError.badData("\(file): IDX magic is \(head[0]), expected \(labelMagic) for labels")
        }
        guard head[1] == count else {
            throw DatasetError.badData("\(file): holds \(head[1]) labels, expected \(count) as images in \(path)")
        }
        try reader.expect(count, what: "\(count) labels")
        let labels = try reader.read(exactly: count)
        try reader.finish(after: 0)
        return labels
    }

    private static func integers(_ reader: GzipReader, count: Int) throws -> [Int] {
        let bytes = try reader.read(exactly: 4 * count)
        return (0..<count).map { word in bytes[4 * word..<4 * word + 4].reduce(0) { $0 << 8 | Int($1) } }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
