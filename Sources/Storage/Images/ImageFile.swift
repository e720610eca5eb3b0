import CPNG
import CTurboJPEG

/// Reads PNG and JPEG, writes PNG.
public enum ImageFile {
    /// Images with more pixels are refused: 2²⁸, more than any camera makes.
    static let mostPixels = 1 << 28
    /// Files with more bytes are refused before they are read.
    private static let largestFile = 1 << 29

    private enum Format {
        case png, jpeg

        /// Told by the first bytes.
        init(_ head: ArraySlice<UInt8>, name: String) throws {
            if head.starts(with: PNGStructure.signature) {
                self = .png
            } else if head.starts(with: JPEGStructure.signature) {
                self = .jpeg
            } else if head.isEmpty {
                throw DatasetError.badData("\(name): the file is empty, expected a PNG or JPEG image")
            } else {
                let found = head.prefix(4).map { ImageFile.hexadecimal($0) }.joined(separator: " ")
                throw DatasetError.badData("\(name): begins with bytes \(found), expected a PNG or JPEG image")
            }
        }
    }

    /// Reads an image file, recognised by its content.
    ///
    /// - Parameter channels: 1 or 3 to convert, nil to keep grey as 1 and colour as 3. Transparent pixels are laid on
    ///   white.
    /// - Throws: ``DatasetError`` or ``FileError`` naming the file and what was found in it.
    public static func read(_ path: String, channels: Int? = nil) throws -> RasterImage {
        try decode(bytes(path), name: path, channels: channels)
    }

    /// The same.
    ///
    /// - Parameter check: refuses a size, before memory is taken for so many pixels.
    package static func read(
        _ path: String, channels: Int? = nil, check: (_ height: Int, _ width: Int) throws -> Void
    ) throws -> RasterImage {
        let bytes = try bytes(path)
        let (height, width) = try size(bytes, path)
        try check(height, width)
        return try decode(bytes, name: path, channels: channels)
    }

    /// What an image file states of its size.
    ///
    /// - Throws: as reading it does.
    package static func size(of path: String) throws -> (height: Int, width: Int) { try size(bytes(path), path) }

    private static func size(_ bytes: [UInt8], _ name: String) throws -> (height: Int, width: Int) {
        let format = try Format(bytes.prefix(PNGStructure.signature.count), name: name)
        return try bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) {
                switch format {
                case .png:
                    let structure = try PNGStructure(memory)
                    return (structure.height, structure.width)
                case .jpeg:
                    let structure = try JPEGStructure(memory)
                    return (structure.height, structure.width)
                }
            } catch {
                throw damaged(name, format == .png ? "PNG" : "JPEG", error.size, bytes.count, error.reason)
            }
        }
    }

    /// The bytes of a file that begins as an image does.
    static func bytes(_ path: String) throws -> [UInt8] {
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such image file") }
        let reader = try FileReader(path)
        let size = try reader.size
        let head = try reader.read(min(size, PNGStructure.signature.count), at: 0)
        _ = try Format(head[...], name: path)
        guard size <= largestFile else {
            throw DatasetError.badData(
                "\(path): holds \(Files.text(bytes: size)), expected an image of at most "
                    + "\(Files.text(bytes: largestFile))")
        }
        return try reader.read(size, at: 0)
    }

    /// Decodes a PNG or JPEG in memory; `name` is what messages call it.
    public static func decode(_ bytes: [UInt8], name: String, channels: Int? = nil) throws -> RasterImage {
        let image =
            switch try Format(bytes.prefix(PNGStructure.signature.count), name: name) {
            case .png: try decodePNG(bytes, name)
            case .jpeg: try decodeJPEG(bytes, name)
            }
        return channels.map { image.converted(toChannels: $0) } ?? image
    }

    /// Writes a PNG file, whole or not at all.
    public static func write(_ image: RasterImage, to path: String) throws {
        try AtomicFile.write(encodePNG(image), to: path)
    }

    /// The bytes of a PNG file.
    public static func encodePNG(_ image: RasterImage) throws -> [UInt8] {
        var control = png_image()
        control.version = cpng_image_version()
        control.width = UInt32(image.width)
        control.height = UInt32(image.height)
        control.format = image.channels == 1 ? cpng_format_gray() : cpng_format_rgb()
        defer { png_image_free(&control) }
        // At worst nothing is compressed: the pixels, a filter byte a row, zlib's block heads and the chunks.
        var size = image.pixels.count + image.height + image.pixels.count / 1000 + 65_536
        var bytes = [UInt8](repeating: 0, count: size)
        guard png_image_write_to_memory(&control, &bytes, &size, 0, image.pixels, 0, nil) != 0 else {
            throw DatasetError.cannotWrite(
                "encoding a PNG of \(image.width)x\(image.height): \(message(&control))")
        }
        return Array(bytes.prefix(size))
    }

    private static func decodePNG(_ bytes: [UInt8], _ name: String) throws -> RasterImage {
        var control = png_image()
        control.version = cpng_image_version()
        defer { png_image_free(&control) }
        return try bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) {
                _ = try PNGStructure(memory)
            } catch {
                throw damaged(name, "PNG", error.size, bytes.count, error.reason)
            }
            guard png_image_begin_read_from_memory(&control, memory.baseAddress, memory.count) != 0 else {
                throw damaged(name, "PNG", nil, bytes.count, message(&control))
            }
            let (width, height) = (Int(control.width), Int(control.height))
            let isGrey = control.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0
            control.format = isGrey ? cpng_format_gray() : cpng_format_rgb()
            control.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let channels = isGrey ? 1 : 3
            var white = png_color(red: 255, green: 255, blue: 255)
            let count = width * height * channels
            let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
                guard png_image_finish_read(&control, &white, buffer.baseAddress, 0, nil) != 0 else {
                    throw damaged(name, "PNG", (width, height), bytes.count, message(&control))
                }
                done = count
            }
            return RasterImage(height: height, width: width, channels: channels, pixels: pixels)
        }
    }

    private static func decodeJPEG(_ bytes: [UInt8], _ name: String) throws -> RasterImage {
        let structure = try bytes.withUnsafeBytes { memory in
            do throws(ImageDamage) {
                return try JPEGStructure(memory)
            } catch {
                throw damaged(name, "JPEG", error.size, bytes.count, error.reason)
            }
        }
        let segments = structure.withoutPadding(bytes)
        guard let decoder = tjInitDecompress() else {
            throw DatasetError.badData("\(name): TurboJPEG cannot start: \(jpegMessage(nil))")
        }
        defer { tjDestroy(decoder) }
        // The header call may return 0 on junk and leave these untouched.
        var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
        let status = tjDecompressHeader3(
            decoder, segments, UInt(segments.count), &width, &height, &subsampling, &space)
        guard status == 0, Int(width) == structure.width, Int(height) == structure.height else {
            throw damaged(
                name, "JPEG", (structure.width, structure.height), bytes.count, jpegMessage(decoder))
        }
        let isGrey = space == Int32(TJCS_GRAY.rawValue)
        let format = isGrey ? TJPF_GRAY : TJPF_RGB
        let channels = isGrey ? 1 : 3
        let count = structure.width * structure.height * channels
        let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            // A warning means that pixels are wrong or missing.
            guard
                tjDecompress2(
                    decoder, segments, UInt(segments.count), buffer.baseAddress, width, 0, height,
                    Int32(format.rawValue), ctj_strict_flags()) == 0
            else {
                throw damaged(name, "JPEG", (structure.width, structure.height), bytes.count, jpegMessage(decoder))
            }
            done = count
        }
        return RasterImage(height: structure.height, width: structure.width, channels: channels, pixels: pixels)
    }

    static func damaged(
        _ name: String, _ what: String, _ size: (width: Int, height: Int)?, _ count: Int, _ reason: String
    ) -> DatasetError {
        let size = size.map { " of \($0.width)x\($0.height)" } ?? ""
        return .badData("\(name): a \(what)\(size) (\(count) bytes) that is damaged or cut short: \(reason)")
    }

    private static func jpegMessage(_ decoder: tjhandle?) -> String {
        tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no message"
    }

    private static func message(_ control: inout png_image) -> String {
        withUnsafeBytes(of: control.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count == 1 ? "0" + text : text
    }
}
