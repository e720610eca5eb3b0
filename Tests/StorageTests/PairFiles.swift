import Foundation
import Storage

/// Image files in folders, for tests of what is imported from them.
struct PairFiles {
    let temporary: TemporaryFolder
    let source: String
    let out: String

    init() throws {
        temporary = try TemporaryFolder()
        source = temporary.file("source")
        out = temporary.file("out")
    }

    /// An image whose pixels are told by a seed, smooth enough to have few edges.
    static func image(_ seed: Int, height: Int = 8, width: Int = 8, channels: Int = 3) -> RasterImage {
        let pixels = (0..<height * width * channels).map { index in
            UInt8(truncatingIfNeeded: (index + seed) &* 7 &+ seed &* 31)
        }
        return RasterImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// A to the left of B.
    static func sideBySide(_ a: RasterImage, _ b: RasterImage) -> RasterImage {
        var both = RasterImage(height: a.height, width: a.width + b.width, channels: a.channels)
        both.paste(a, top: 0, left: 0)
        both.paste(b, top: 0, left: a.width)
        return both
    }

    /// Writes a PNG file below the source.
    func write(_ image: RasterImage, to name: String) throws { try write(ImageFile.encodePNG(image), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let path = source + "/" + name
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try AtomicFile.write(bytes, to: path)
    }

    /// A pair of each name, of which the condition images have seeds from 100 on.
    func writePairs(
        _ names: [String] = ["a", "b"], images: String = "B", conditions: String = "A", height: Int = 8, width: Int = 8,
        conditionChannels: Int = 3
    ) throws {
        for (number, name) in names.enumerated() {
            try write(Self.image(number, height: height, width: width), to: "\(images)/\(name).png")
            try write(
                Self.image(100 + number, height: height, width: width, channels: conditionChannels),
                to: "\(conditions)/\(name).png")
        }
    }

    @discardableResult
    func run(
        _ path: String? = nil, to folder: String? = nil, _ change: (inout ImportOptions) -> Void = { _ in }
    ) throws -> DatasetImport.Result {
        var options = ImportOptions()
        change(&options)
        return try DatasetImport(path ?? source, options: options).run(to: folder ?? out)
    }

    func hasShards() -> Bool { FileManager.default.fileExists(atPath: out + "/shard-00000.h5") }
}
