/// The seal of format version 1, which is read, but no longer written: a CRC-32 over all that is not image data. It lists
/// where the chunks lie, and leaves it to Fletcher-32 what is in them.
enum ShardSealOne {
    private static let mark = Array("GANGLION-SHARD-1".utf8)
    /// Number of extents, length of the content and checksum, then the mark.
    static let footSize = 24 + mark.count

    /// Whether a file with these last bytes has such a seal.
    static func isFoot(_ bytes: [UInt8]) -> Bool {
        bytes.count >= footSize && bytes.suffix(mark.count).elementsEqual(mark)
    }

    /// Whether a shard matches its seal.
    ///
    /// - Parameter foot: its last ``footSize`` bytes.
    static func matches(_ reader: FileReader, size: Int, foot: [UInt8]) throws -> Bool {
        let number = ShardSeal.number
        let (count, length, stated) = (number(foot, 0), number(foot, 1), number(foot, 2))
        guard count >= 0, count < 1 << 24, length > 0, length == size - footSize - 16 * count else { return false }
        let head = try reader.read(16 * count, at: length)
        let extents = (0..<count).map { (number(head, 2 * $0), number(head, 2 * $0 + 1)) }
        var checksum = (head + foot.prefix(16)).withUnsafeBytes { Checksum.crc32($0) }
        var last = 0
        for (start, end) in extents {
            guard start >= last, end > start, end <= length else { return false }
            last = end
        }
        for range in ExtentGaps.between(extents.map { $0.0..<$0.1 }, upTo: length) {
            try reader.read(range) { checksum = Checksum.crc32($0, after: checksum) }
        }
        return Int(checksum) == stated
    }
}
