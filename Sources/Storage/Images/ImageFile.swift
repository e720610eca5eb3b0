import CPNG
import CTurboJPEG

/// Reads PNG and JPEG, writes PNG.
public enum ImageFile {
    /// Sizes above this are taken for damage: 2²⁸ pixels.
    private static let largestImage = 1 << 28

    /// Reads an image file, recognised by its content.
    ///
    /// - Parameter channels: 1 or 3 to convert, nil to keep grey as 1 and colour as 3. Transparent pixels are laid on
    ///   white.
    /// - Throws: ``DatasetError`` naming the file and what was found in it.
    public static func read(_ path: String, channels: Int? = nil) throws -> RasterImage {
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such image file") }
        return try decode(Files.bytes(path), name: path, channels: channels)
    }

    /// Decodes a PNG or JPEG in memory; `name` is what messages call it.
    public static func decode(_ bytes: [UInt8], name: String, channels: Int? = nil) throws -> RasterImage {
        let image: RasterImage
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            image = try decodePNG(bytes, name)
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            image = try decodeJPEG(bytes, name)
        } else if bytes.isEmpty {
            throw DatasetError.badData("\(name): the file is empty, expected a PNG or JPEG image")
        } else {
            let head = bytes.prefix(4).map { hexadecimal($0) }.joined(separator: " ")
            throw DatasetError.badData("\(name): begins with bytes \(head), expected a PNG or JPEG image")
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
            guard png_image_begin_read_from_memory(&control, memory.baseAddress, memory.count) != 0 else {
                throw damaged(name, "PNG", bytes.count, message(&control))
            }
            let (width, height) = (Int(control.width), Int(control.height))
            guard width * height <= largestImage else {
                throw damaged(name, "PNG", bytes.count, "it claims to be \(width)x\(height)")
            }
            let isGrey = control.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0
            control.format = isGrey ? cpng_format_gray() : cpng_format_rgb()
            control.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let channels = isGrey ? 1 : 3
            var white = png_color(red: 255, green: 255, blue: 255)
            var pixels = [UInt8](repeating: 0, count: width * height * channels)
            guard png_image_finish_read(&control, &white, &pixels, 0, nil) != 0 else {
                throw damaged(name, "PNG of \(width)x\(height)", bytes.count, message(&control))
            }
            return RasterImage(height: height, width: width, channels: channels, pixels: pixels)
        }
    }

    private static func decodeJPEG(_ bytes: [UInt8], _ name: String) throws -> RasterImage {
        guard let decoder = tjInitDecompress() else {
            throw DatasetError.badData("\(name): TurboJPEG cannot start: \(jpegMessage(nil))")
        }
        defer { tjDestroy(decoder) }
        // The header call may return 0 on junk and leave these untouched.
        var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
        let status = tjDecompressHeader3(
            decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &space)
        guard status == 0, width > 0, height > 0 else {
            throw damaged(name, "JPEG", bytes.count, jpegMessage(decoder))
        }
        guard Int(width) * Int(height) <= largestImage else {
            throw damaged(name, "JPEG", bytes.count, "it claims to be \(width)x\(height)")
        }
        let isGrey = space == Int32(TJCS_GRAY.rawValue)
        let format = isGrey ? TJPF_GRAY : TJPF_RGB
        let channels = isGrey ? 1 : 3
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
        if tjDecompress2(
            decoder, bytes, UInt(bytes.count), &pixels, width, 0, height, Int32(format.rawValue), 0) != 0
        {
            let reason = jpegMessage(decoder)
            // Padding between segments is common and harmless; every other warning means that pixels are missing.
            let isHarmless =
                tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) && reason.contains("extraneous bytes")
            guard isHarmless else { throw damaged(name, "JPEG of \(width)x\(height)", bytes.count, reason) }
        }
        return RasterImage(height: Int(height), width: Int(width), channels: channels, pixels: pixels)
    }

    private static func damaged(_ name: String, _ what: String, _ count: Int, _ reason: String) -> DatasetError {
        .badData("\(name): a \(what) (\(count) bytes) that is damaged or cut short: \(reason)")
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
