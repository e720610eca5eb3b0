import CXXHash
import CZlib

/// The seals at the end of checkpoints and shards, made anew after a change: what a forger does, or a bug before the seal
/// was made.
///
/// Written after the format, not with the program's own code: a test shows that the program takes what is sealed here.
package enum Seals {
    private static let checkpointMark = Array("GANGLION-SEAL-1\n".utf8)
    private static let firstShardMark = Array("GANGLION-SHARD-1".utf8)
    /// Of versions 2 and 3, by how many lists of chunks they have.
    private static let shardMarks = [2: Array("GANGLION-SHARD-2".utf8), 3: Array("GANGLION-SHARD-3".utf8)]

    /// A file without its seal, and what the seal was.
    package static func split(_ file: [UInt8]) -> (content: [UInt8], seal: Seal?) {
        let size = file.count
        if size > 32, file[(size - 32)..<(size - 16)].elementsEqual(checkpointMark) {
            return (Array(file.dropLast(32)), .checkpoint)
        }
        for (lists, mark) in shardMarks where file.suffix(16).elementsEqual(mark) {
            let footSize = 8 * (2 * lists + 2) + 16
            guard size > footSize else { return (file, nil) }
            let foot = (0...2 * lists).map { number(file, size - footSize + 8 * $0) }
            let counts = (0..<lists).map { foot[2 * $0 + 1] }
            guard counts.allSatisfy({ $0 >= 0 && $0 < 1 << 20 }), footSize + 24 * counts.reduce(0, +) < size else {
                return (file, nil)
            }
            let total = counts.reduce(0, +)
            let start = size - footSize - 24 * total
            let chunks = (0..<total).map { (number(file, start + 24 * $0), number(file, start + 24 * $0 + 8)) }
            guard chunks.allSatisfy({ $0.0 >= 0 && $0.0 < $0.1 && $0.1 <= start }) else { return (file, nil) }
            var rest = chunks.map { $0.0..<$0.1 }[...]
            let parts = counts.enumerated().map { index, count in
                defer { rest = rest.dropFirst(count) }
                return (rows: foot[2 * index], extents: Array(rest.prefix(count)))
            }
            return (Array(file[..<start]), .shard(parts))
        }
        if size > 40, file.suffix(16).elementsEqual(firstShardMark) {
            let count = number(file, size - 40)
            guard count >= 0, count < 1 << 20, 40 + 16 * count < size else { return (file, nil) }
            let start = size - 40 - 16 * count
            let ends = (0..<count).map { (number(file, start + 16 * $0), number(file, start + 16 * $0 + 8)) }
            guard ends.allSatisfy({ $0.0 >= 0 && $0.0 < $0.1 && $0.1 <= start }) else { return (file, nil) }
            return (Array(file[..<start]), .firstShard(ends.map { $0.0..<$0.1 }))
        }
        return (file, nil)
    }

    package enum Seal: Sendable {
        case checkpoint
        /// Of version 1: the extents of its chunks.
        case firstShard([Range<Int>])
        /// Of version 2 and 3: of samples, maps and, in version 3, condition images the rows in a chunk, and the extents of the
        /// chunks.
        case shard([(rows: Int, extents: [Range<Int>])])
    }

    /// Whether a file ends with a seal's mark, so that a reader knows that it was sealed.
    package static func isMarked(_ file: [UInt8]) -> Bool { split(file).seal != nil }

    /// The content with a seal that matches it.
    package static func sealed(_ content: [UInt8], _ seal: Seal) -> [UInt8] {
        switch seal {
        case .checkpoint:
            return content + checkpointMark + word(content.count) + word(Int(crc32(content[...])))
        case .shard(let lists):
            // Extents outside of what is left would be refused for themselves.
            let kept = lists.map { $0.extents.filter { $0.upperBound <= content.count } }
            let all = kept.flatMap(\.self)
            var head = all.flatMap { word($0.lowerBound) + word($0.upperBound) + hash(content[$0]) }
            head += (zip(lists, kept).flatMap { [$0.rows, $1.count] } + [content.count]).flatMap(word)
            var (hashed, last) = (head, 0)
            for extent in all.sorted(by: { $0.lowerBound < $1.lowerBound }) where extent.lowerBound >= last {
                hashed += content[last..<extent.lowerBound]
                last = extent.upperBound
            }
            hashed += content[last...]
            return content + head + hash(hashed[...]) + (shardMarks[lists.count] ?? [])
        case .firstShard(let extents):
            let kept = extents.filter { $0.upperBound <= content.count }
            let head = kept.flatMap { word($0.lowerBound) + word($0.upperBound) }
            var checksum = crc32((head + word(kept.count) + word(content.count))[...])
            var last = 0
            for extent in kept {
                checksum = crc32(content[last..<extent.lowerBound], after: checksum)
                last = extent.upperBound
            }
            checksum = crc32(content[last...], after: checksum)
            return content + head + word(kept.count) + word(content.count) + word(Int(checksum)) + firstShardMark
        }
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        word(Int(truncatingIfNeeded: bytes.withUnsafeBytes { XXH3_64bits($0.baseAddress, $0.count) }))
    }

    private static func word(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

    private static func number(_ bytes: [UInt8], _ at: Int) -> Int {
        bytes[at..<at + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}

/// CRC-32 as in zlib and PNG.
func crc32(_ bytes: ArraySlice<UInt8>, after start: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes {
        UInt32(
            truncatingIfNeeded: CZlib.crc32_z(
                UInt(start), $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count))
    }
}
