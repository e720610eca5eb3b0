import CZlib

/// CRC-32 as in zlib and PNG.
enum Checksum {
    static func crc32(_ bytes: UnsafeRawBufferPointer, after start: UInt32 = 0) -> UInt32 {
        UInt32(
            truncatingIfNeeded: CZlib.crc32_z(
                UInt(start), bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
    }
}

/// A 128-bit hash of contents, to tell one dataset from another and to notice changes. It resists accidents, not forgers.
struct ContentHash {
    private var lanes = SIMD2<UInt64>(0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93)

    /// Adds one piece; its length counts, so that pieces cannot run into each other.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        mix(UInt64(bytes.count))
        let words = bytes.count / 8
        for index in 0..<words { mix(bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)) }
        if bytes.count % 8 != 0 {
            var last: UInt64 = 0
            for byte in bytes[(8 * words)...].reversed() { last = last << 8 | UInt64(byte) }
            mix(last)
        }
    }

    mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    /// 32 hexadecimal digits.
    var text: String {
        var copy = self
        for _ in 0..<4 { copy.mix(0) }
        return [copy.lanes[0], copy.lanes[1]].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private mutating func mix(_ word: UInt64) {
        lanes ^= SIMD2(repeating: word)
        lanes &*= SIMD2(0xFF51_AFD7_ED55_8CCD, 0xC4CE_B9FE_1A85_EC53)
        lanes ^= lanes &>> SIMD2(repeating: 32)
    }
}
