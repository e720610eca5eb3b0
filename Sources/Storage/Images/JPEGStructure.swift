import Failure

/// The segments of a JPEG file (ITU T.81, annex B), walked before anything is decoded.
///
/// JPEG has no checksums. What can be told is whether all segments are whole, whether the image ends, and whether so few
/// bytes can hold what is stated. Whatever follows the end is left alone: cameras put more pictures there.
struct JPEGStructure {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    private(set) var width = 0
    private(set) var height = 0
    private var components = 0
    private var usesArithmeticCoding = false
    /// Whether the decoder has to keep coefficients of the whole image.
    private var isKeptWhole = false
    private var scans = 0
    /// Zeros between segments, which are harmless padding, but for which the decoder has the same words as for bytes
    /// that are left over in a damaged scan.
    private var padding: [Range<Int>] = []

    /// With Huffman codes a block of 8 × 8 takes at least a bit, so no byte holds more pixels.
    private static let mostPixelsPerByte = 512
    /// Of images whose coefficients are kept, which take as much memory again and more.
    private static let mostPixelsKept = ImageFile.mostPixels / 2
    /// Scans times pixels: some tens of scans of the largest images, as many as anyone writes of small ones.
    private static let mostPixelsScanned = 1 << 32
    private static let mostPaddings = 1000

    private enum Marker {
        static let end: UInt8 = 0xD9
        static let scan: UInt8 = 0xDA
        /// Those that have no length: restarts, and one for private use.
        static func standsAlone(_ marker: UInt8) -> Bool { marker == 0x01 || (0xD0...0xD8).contains(marker) }
        static func isFrame(_ marker: UInt8) -> Bool {
            (0xC0...0xCF).contains(marker) && ![0xC4, 0xC8, 0xCC].contains(marker)
        }
    }

    /// - Throws: ``ImageDamage``.
    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDamage) {
        var place = 2
        while let marker = try nextMarker(bytes, &place), marker != Marker.end {
            if Marker.standsAlone(marker) { continue }
            let length = bytes.count - place >= 2 ? Int(bytes[place]) << 8 | Int(bytes[place + 1]) : 0
            guard length >= 2, length <= bytes.count - place else {
                throw damage("its segment at byte \(place) does not fit into it")
            }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[place + 2..<place + length])
            if Marker.isFrame(marker) { try readFrame(marker, segment) }
            place += length
            if marker == Marker.scan {
                scans += 1
                if let first = segment.first, Int(first) < components { isKeptWhole = true }
                skipScan(bytes, &place)
            }
        }
        try checkSize(bytes.count)
    }

    /// The next marker, with what follows it as the place.
    private mutating func nextMarker(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int
    ) throws(ImageDamage) -> UInt8? {
        let start = place
        while place < bytes.count, bytes[place] == 0 { place += 1 }
        if place > start { padding.append(start..<place) }
        guard padding.count <= Self.mostPaddings else { throw damage("it has more padding than segments need") }
        guard place < bytes.count else { throw damage("it ends without an end of image") }
        guard bytes[place] == 0xFF else {
            throw damage("byte \(place) is \(bytes[place]), but a marker (255) belongs there")
        }
        while place < bytes.count, bytes[place] == 0xFF { place += 1 }
        guard place < bytes.count else { throw damage("it ends without an end of image") }
        defer { place += 1 }
        return bytes[place]
    }

    /// To the marker after the compressed pixels.
    private func skipScan(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) {
        while place + 1 < bytes.count {
            if bytes[place] == 0xFF {
                let next = bytes[place + 1]
                if next != 0, next != 0xFF, !(0xD0...0xD7).contains(next) { return }
            }
            place += 1
        }
        place = bytes.count
    }

    private mutating func readFrame(_ marker: UInt8, _ segment: UnsafeRawBufferPointer) throws(ImageDamage) {
        guard segment.count >= 6 else { throw damage("its frame header is cut short") }
        (height, width) = (Int(segment[1]) << 8 | Int(segment[2]), Int(segment[3]) << 8 | Int(segment[4]))
        components = Int(segment[5])
        usesArithmeticCoding = marker >= 0xC9
        if marker & 3 == 2 { isKeptWhole = true }
    }

    private func checkSize(_ count: Int) throws(ImageDamage) {
        let most = isKeptWhole ? Self.mostPixelsKept : ImageFile.mostPixels
        guard width > 0, height > 0, width * height <= most else { throw damage("expected 1 to \(most) pixels") }
        guard usesArithmeticCoding || width * height <= max(64, count) * Self.mostPixelsPerByte else {
            throw damage("\(count) bytes cannot hold so many pixels")
        }
        guard scans * width * height <= Self.mostPixelsScanned else { throw damage("it has \(scans) scans") }
    }

    /// The bytes that were walked, for the decoder.
    func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = padding.first else { return bytes }
        var result = Array(bytes[..<first.lowerBound])
        for (range, next) in zip(padding, padding.dropFirst().map(\.lowerBound) + [bytes.count]) {
            result += bytes[range.upperBound..<next]
        }
        return result
    }

    private func damage(_ reason: String) -> ImageDamage {
        ImageDamage(size: width > 0 ? (width, height) : nil, reason: reason)
    }
}
