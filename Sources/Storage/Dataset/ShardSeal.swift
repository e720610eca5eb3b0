/// The last bytes of a shard: a CRC-32 over all that is not image data.
///
/// Chunks carry their own checksums, but HDF5 1.10 can hang or crash on damaged structures. So these are checked before
/// HDF5 sees them, without reading the images: the seal lists where the chunks lie. HDF5 ignores what follows its own end
/// of file. Shards without a seal, written by other programs, are taken as they are.
enum ShardSeal {
    private static let mark = Array("GANGLION-SHARD-1".utf8)
    /// Number of extents, length of the content and checksum, then the mark.
    private static let footSize = 24 + mark.count

    /// The seal for `content`, whose chunks lie at `extents`.
    static func make(for content: UnsafeRawBufferPointer, chunks extents: [Range<Int>]) -> [UInt8] {
        let merged = merge(extents)
        let head = merged.flatMap { word($0.lowerBound) + word($0.upperBound) }
        var checksum = (head + word(merged.count) + word(content.count)).withUnsafeBytes { Checksum.crc32($0) }
        for range in gaps(between: merged, upTo: content.count) {
            checksum = Checksum.crc32(UnsafeRawBufferPointer(rebasing: content[range]), after: checksum)
        }
        return head + word(merged.count) + word(content.count) + word(Int(checksum)) + mark
    }

    /// Whether a shard has a seal; not whether it matches.
    static func isSealed(_ path: String) throws -> Bool { try open(path) != nil }

    /// The shard, its size and its last bytes, if they are those of a seal.
    private static func open(_ path: String) throws -> (reader: FileReader, size: Int, foot: [UInt8])? {
        guard let size = Files.size(path), size > footSize else { return nil }
        let reader = try FileReader(path)
        let foot = try reader.read(footSize, at: size - footSize)
        return foot.suffix(mark.count).elementsEqual(mark) ? (reader, size, foot) : nil
    }

    /// Compares a shard with its seal, if it has one.
    static func check(_ path: String) throws {
        guard let (reader, size, foot) = try open(path) else { return }
        let (count, length, stated) = (number(foot, 0), number(foot, 1), number(foot, 2))
        let damage = DatasetError.badData(
            "\(path): its structure does not match its checksum: it was altered or cut short. "
                + "Import the dataset again, or copy this shard anew")
        guard count >= 0, count < 1 << 24, length == size - footSize - 16 * count else { throw damage }
        let head = try reader.read(16 * count, at: length)
        let extents = (0..<count).map { (number(head, 2 * $0), number(head, 2 * $0 + 1)) }
        var checksum = (head + foot.prefix(16)).withUnsafeBytes { Checksum.crc32($0) }
        var last = 0
        for (start, end) in extents {
            guard start >= last, end > start, end <= length else { throw damage }
            last = end
        }
        for range in gaps(between: extents.map { $0.0..<$0.1 }, upTo: length) {
            let bytes = try reader.read(range.count, at: range.lowerBound)
            checksum = bytes.withUnsafeBytes { Checksum.crc32($0, after: checksum) }
        }
        guard Int(checksum) == stated else { throw damage }
    }

    private static func merge(_ extents: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for extent in extents.sorted(by: { $0.lowerBound < $1.lowerBound }) where !extent.isEmpty {
            if let last = merged.last, last.upperBound == extent.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<extent.upperBound
            } else {
                merged.append(extent)
            }
        }
        return merged
    }

    private static func gaps(between extents: [Range<Int>], upTo end: Int) -> [Range<Int>] {
        let starts = [0] + extents.map(\.upperBound)
        let ends = extents.map(\.lowerBound) + [end]
        return zip(starts, ends).map { $0..<$1 }.filter { !$0.isEmpty }
    }

    private static func word(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    private static func number(_ bytes: [UInt8], _ index: Int) -> Int {
        bytes[8 * index..<8 * index + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
