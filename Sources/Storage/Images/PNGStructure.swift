import Failure

/// The chunks of a PNG file (PNG specification, section 5), walked before anything is decoded.
///
/// Every chunk has a CRC-32, but libpng only compares some of them, reads on over much that is wrong, and never looks at
/// what comes last. After this walk any byte that has changed is found.
struct PNGStructure {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private(set) var width = 0
    private(set) var height = 0
    /// Bits of a value.
    private(set) var depth = 0
    private(set) var color = Color.grey
    /// Whether its pixels come in the seven passes of Adam7.
    private(set) var isInterlaced = false
    /// Bytes of the palette: red, green and blue of each entry; empty without one.
    private(set) var palette = 0..<0
    /// Bytes of the chunk tRNS: which indices or which colour are transparent; empty without one.
    private(set) var transparency = 0..<0
    /// The parts of the compressed pixels.
    private(set) var data: [Range<Int>] = []
    /// Bits of a pixel before they were compressed.
    private var bitsPerPixel: Int { color.values * depth }
    /// Compressed bytes of the pixels.
    private var compressedBytes = 0

    /// What the values of a pixel are: PNG's colour types.
    enum Color: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        /// Of a pixel.
        var values: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }

        /// Bits of a value that there are (PNG specification, section 11.2.1).
        var depths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .greyAlpha, .rgba: [8, 16]
            }
        }

        /// Whether the last value of a pixel says how opaque it is.
        var hasAlpha: Bool { self == .greyAlpha || self == .rgba }
    }

    /// No bytes of deflate hold more than 1032 times as many.
    private static let mostCompression = 1032

    /// - Throws: ``ImageDamage``.
    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDamage) {
        var start = Self.signature.count
        var name = ""
        while name != "IEND" {
            guard bytes.count - start >= 12 else { throw damage("it ends before the chunk IEND") }
            let length = Int(bytes.bigEndian32(at: start))
            name = String(decoding: bytes[start + 4..<start + 8], as: UTF8.self).visible()
            guard length <= bytes.count - start - 12 else {
                throw damage(
                    "its chunk '\(name)' at byte \(start) states \(length) bytes, \(bytes.count - start - 12) follow")
            }
            let end = start + 8 + length
            let sum = Checksum.crc32(UnsafeRawBufferPointer(rebasing: bytes[start + 4..<end]))
            guard sum == bytes.bigEndian32(at: end) else {
                throw damage("its chunk '\(name)' at byte \(start) has another CRC-32 than it states")
            }
            if start == Self.signature.count {
                guard name == "IHDR", length == 13 else { throw damage("its first chunk is '\(name)', not IHDR") }
                try readHeader(UnsafeRawBufferPointer(rebasing: bytes[start + 8..<end]))
            }
            try note(name, start + 8..<end)
            start = end + 4
        }
        guard start == bytes.count else {
            throw damage("\(bytes.count - start) bytes follow its end")
        }
        try checkSize()
    }

    /// What is refused here and in the header, libpng refuses too.
    private mutating func note(_ name: String, _ place: Range<Int>) throws(ImageDamage) {
        switch name {
        case "IDAT":
            guard color != .palette || !palette.isEmpty else { throw damage("its pixels come before its palette") }
            compressedBytes += place.count
            data.append(place)
        // What comes after pixels does not count for them.
        case "PLTE" where data.isEmpty:
            guard palette.isEmpty else { throw damage("it has two palettes") }
            guard color != .palette || (3...768).contains(place.count) && place.count % 3 == 0 else {
                throw damage("its palette has \(place.count) bytes, expected 3 for each of 1 to 256 colours")
            }
            palette = place
        case "tRNS" where data.isEmpty: transparency = place
        default: break
        }
    }

    private mutating func readHeader(_ bytes: UnsafeRawBufferPointer) throws(ImageDamage) {
        (width, height) = (Int(bytes.bigEndian32(at: 0)), Int(bytes.bigEndian32(at: 4)))
        guard let color = Color(rawValue: bytes[9]), color.depths.contains(Int(bytes[8])) else {
            throw damage("it states colour type \(bytes[9]) of \(bytes[8]) bits, which PNG has not")
        }
        let methods: [(String, UInt8, UInt8)] = [
            ("compression", bytes[10], 0), ("filter", bytes[11], 0), ("interlace", bytes[12], 1),
        ]
        for (name, value, most) in methods where value > most {
            throw damage("it states \(name) method \(value), which PNG has not")
        }
        (self.color, depth, isInterlaced) = (color, Int(bytes[8]), bytes[12] == 1)
    }

    private func checkSize() throws(ImageDamage) {
        guard let pixels = [width, height].checkedProduct(), pixels > 0, pixels <= ImageFile.mostPixels else {
            throw damage("expected 1 to \(ImageFile.mostPixels) pixels")
        }
        // Filter bytes and interlacing only add to it.
        guard pixels * bitsPerPixel / 8 <= compressedBytes * Self.mostCompression else {
            throw damage("\(compressedBytes) bytes of pixels cannot hold so many")
        }
    }

    private func damage(_ reason: String) -> ImageDamage {
        ImageDamage(size: width > 0 ? (width, height) : nil, reason: reason)
    }
}

/// What is wrong with the bytes of an image.
struct ImageDamage: Error {
    /// What the image says of itself, where it got so far.
    let size: (width: Int, height: Int)?
    let reason: String
}

extension UnsafeRawBufferPointer {
    fileprivate func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
