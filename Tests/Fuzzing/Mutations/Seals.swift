import CZlib

/// The seals at the end of checkpoints and shards, made anew after a change: what a forger does, or a bug before the seal
/// was made.
///
/// Written after the format, not with the program's own code: a test shows that the program takes what is sealed here.
enum Seals {
    private static let checkpointMark = Array("GANGLION-SEAL-1\n".utf8)
    private static let shardMark = Array("GANGLION-SHARD-1".utf8)

    /// A file without its seal, and what the seal was.
    static func split(_ file: [UInt8]) -> (content: [UInt8], seal: Seal?) {
        let size = file.count
        if size > 32, file[(size - 32)..<(size - 16)].elementsEqual(checkpointMark) {
            return (Array(file.dropLast(32)), .checkpoint)
        }
        if size > 40, file.suffix(16).elementsEqual(shardMark) {
            let count = number(file, size - 40)
            guard count >= 0, count < 1 << 20, 40 + 16 * count < size else { return (file, nil) }
            let start = size - 40 - 16 * count
            let extents = (0..<count).map { number(file, start + 16 * $0)..<number(file, start + 16 * $0 + 8) }
            return (Array(file[..<start]), .shard(extents))
        }
        return (file, nil)
    }

    enum Seal: Sendable, Equatable {
        case checkpoint
        /// The extents of its chunks.
        case shard([Range<Int>])
    }

    /// Whether a file ends with a seal's mark, so that a reader knows that it was sealed.
    static func isMarked(_ file: [UInt8]) -> Bool { split(file).seal != nil }

    /// The content with a seal that matches it.
    static func sealed(_ content: [UInt8], _ seal: Seal) -> [UInt8] {
        switch seal {
        case .checkpoint:
            return content + checkpointMark + word(content.count) + word(Int(crc32(content[...])))
        case .shard(let extents):
            // Extents outside of what is left would be refused for themselves.
            let kept = extents.filter { $0.upperBound <= content.count }
            let head = kept.flatMap { word($0.lowerBound) + word($0.upperBound) }
            var checksum = crc32((head + word(kept.count) + word(content.count))[...])
            var last = 0
            for extent in kept {
                checksum = crc32(content[last..<extent.lowerBound], after: checksum)
                last = extent.upperBound
            }
            checksum = crc32(content[last...], after: checksum)
            return content + head + word(kept.count) + word(content.count) + word(Int(checksum)) + shardMark
        }
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
            truncatingIfNeeded: CZlib.crc32_z(UInt(start), $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count))
    }
}
