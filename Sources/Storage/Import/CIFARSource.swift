/// The binary batches of CIFAR-10 (label and 3 × 32 × 32 bytes) and CIFAR-100 (coarse label, fine label, 3 × 32 × 32).
final class CIFARSource: ImportSource {
    private static let side = 32

    let count: Int
    let classes: Int
    let classNames: [String]
    let semanticClasses = 0
    private let files: [(path: String, first: Int)]
    private let labelBytes: Int
    private let withLabels: Bool
    private var reader: GzipReader?
    private var current = -1

    /// The batches in a folder, or nil when it holds none. Training batches are preferred to test ones.
    init?(folder: String, withLabels: Bool) throws {
        let names = try Files.names(in: folder)
        let ten = names.filter { $0.hasPrefix("data_batch") && $0.hasSuffix(".bin") }
        let chosen =
            !ten.isEmpty
            ? ten : ["train.bin", "test_batch.bin", "test.bin"].first(where: names.contains).map { [$0] } ?? []
        guard let first = chosen.first else { return nil }
        let isHundred = first == "train.bin" || first == "test.bin"
        labelBytes = isHundred ? 2 : 1
        let recordBytes = labelBytes + 3 * Self.side * Self.side
        var files: [(path: String, first: Int)] = []
        var count = 0
        for name in chosen {
            let path = folder + "/" + name
            let size = Files.size(path) ?? 0
            guard size > 0, size % recordBytes == 0 else {
                throw DatasetError.badData(
                    "\(path): \(size) bytes, expected a multiple of \(recordBytes) as in "
                        + "\(isHundred ? "CIFAR-100" : "CIFAR-10"): it is cut short, or something else")
            }
            files.append((path, count))
            count += size / recordBytes
        }
        self.files = files
        self.count = count
        self.withLabels = withLabels
        classes = withLabels ? (isHundred ? 100 : 10) : 0
        classNames = try Self.names(in: folder + (isHundred ? "/fine_label_names.txt" : "/batches.meta.txt"), classes)
    }

    /// What lies beside the batches, a name a line; none where it is missing, or something else.
    private static func names(in path: String, _ classes: Int) throws -> [String] {
        guard classes > 0, Files.exists(path) else { return [] }
        let text = String(decoding: try Files.bytes(path, limit: 1 << 16), as: UTF8.self)
        let names = text.split(whereSeparator: \.isNewline).map(String.init)
        return ClassNames.problem(names, classes: classes) == nil ? names : []
    }

    var summary: String {
        "CIFAR-\(labelBytes == 2 ? 100 : 10) in \(files.count) files, \(count) images of 32x32, \(classes) classes"
    }

    func name(of index: Int) -> String {
        let file = files.last { $0.first <= index } ?? files[0]
        return "\(file.path), image \(index - file.first)"
    }

    /// A batch is as long as its images, unless it is packed.
    func finish() throws { if let reader, reader.isPacked { try reader.finish(after: 0) } }

    func read(_ index: Int) throws -> SourceImage {
        let file = files.lastIndex { $0.first <= index } ?? 0
        let plane = Self.side * Self.side
        let record: [UInt8]
        do {
            if file != current {
                try finish()
                reader = try GzipReader(files[file].path)
            }
            current = file
            record = try reader?.read(exactly: labelBytes + 3 * plane) ?? []
        } catch {
            throw BrokenSource(cause: error)
        }
        let label = Int(record[labelBytes - 1])
        guard !withLabels || label < classes else {
            throw DatasetError.badData("\(name(of: index)): label \(label), expected 0 to \(classes - 1)")
        }
        var pixels = [UInt8](repeating: 0, count: 3 * plane)
        for channel in 0..<3 {
            for pixel in 0..<plane { pixels[3 * pixel + channel] = record[labelBytes + channel * plane + pixel] }
        }
        return SourceImage(
            image: RasterImage(height: Self.side, width: Self.side, channels: 3, pixels: pixels),
            label: withLabels ? Int32(label) : nil)
    }
}
