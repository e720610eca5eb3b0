/// PNG as a list of chunks, each with a CRC-32.
package enum PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return big(UInt32(data.count)) + body + big(crc32(body[...]))
    }

    /// Where chunks lie, as far as their lengths lead: from their length field to behind their CRC.
    static func ranges(_ file: [UInt8]) -> [Range<Int>] {
        var (ranges, at) = ([Range<Int>](), signature.count)
        while at + 12 <= file.count {
            let length = Int(word(file, at))
            guard at + 12 + length <= file.count else { break }
            ranges.append(at..<at + 12 + length)
            at += 12 + length
        }
        return ranges
    }

    /// Makes all CRCs right.
    package static func forge(_ file: inout [UInt8]) {
        for range in ranges(file) {
            let end = range.upperBound - 4
            file.replaceSubrange(end..<end + 4, with: big(crc32(file[range.lowerBound + 4..<end])))
        }
    }

    /// What a reader who compares all CRCs must find wrong, up to the end mark; nil where nothing is.
    package static func fault(_ file: [UInt8]) -> String? {
        guard file.starts(with: signature) else { return "no PNG signature" }
        for range in ranges(file) {
            let end = range.upperBound - 4
            guard word(file, end) == crc32(file[range.lowerBound + 4..<end]) else {
                return "the CRC of the chunk at \(range.lowerBound) is wrong"
            }
            if file[range.lowerBound + 4..<range.lowerBound + 8].elementsEqual("IEND".utf8) { return nil }
        }
        return "no end mark: cut short"
    }

    /// An image of noise in any of the forms that PNG has.
    static func image(
        side: Int, color: Int, depth: Int, isInterlaced: Bool, extras: [[UInt8]], _ random: inout FuzzRandom
    )
        -> [UInt8]
    {
        let samples = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
        var raw: [UInt8] = []
        // First row and column, and steps, of Adam7's passes.
        let passes =
            isInterlaced
            ? [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
            : [(0, 0, 1, 1)]
        for (top, left, down, right) in passes {
            let (rows, columns) = ((side - top + down - 1) / down, (side - left + right - 1) / right)
            guard rows > 0, columns > 0 else { continue }
            for _ in 0..<rows { raw += [UInt8(random.below(5))] + random.bytes((columns * samples * depth + 7) / 8) }
        }
        let head =
            big(UInt32(side)) + big(UInt32(side)) + [UInt8(depth), UInt8(color), 0, 0, isInterlaced ? 1 : 0]
        let palette = color == 3 ? chunk("PLTE", random.bytes(3 << depth)) : []
        let packed = Deflate.zlib(raw)
        let half = packed.count / 2
        return signature + chunk("IHDR", head) + extras.flatMap(\.self) + palette
            + chunk("IDAT", Array(packed[..<half])) + chunk("IDAT", Array(packed[half...])) + chunk("IEND", [])
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[at + $1]) }
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }
}
