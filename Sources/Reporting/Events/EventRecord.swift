/// The frame of a record in a TFRecord file: its length, the length's checksum, the bytes, their checksum.
package enum EventRecord {
    /// Bytes before those of the record, and after them.
    static let headBytes = 12
    static let tailBytes = 4
    /// Nothing of ours is longer.
    static let longest = 1 << 28

    static func framed(_ bytes: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(bytes.count))
        return length + littleEndian(checksum(length[...])) + bytes + littleEndian(checksum(bytes[...]))
    }

    /// The length that a head states; nil where its checksum is another.
    static func length(ofHead head: [UInt8]) -> Int? {
        guard head.count == headBytes, number(head[8...]) == UInt64(checksum(head[..<8])) else { return nil }
        return Int(exactly: number(head[..<8]))
    }

    /// That of bytes which come piece by piece.
    struct Checksum {
        private var sum = UInt32.max

        mutating func add(_ piece: ArraySlice<UInt8>) {
            for byte in piece { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 0xFF)] }
        }

        var crc: UInt32 { ~sum }
        /// Turned and moved: a checksum of bytes that hold their own would be the same for all of them.
        var masked: UInt32 { (crc >> 15 | crc << 17) &+ 0xA282_EAD8 }
        /// As it stands in a file.
        var bytes: [UInt8] { littleEndian(masked) }
    }

    private static func sum(_ bytes: ArraySlice<UInt8>) -> Checksum {
        var sum = Checksum()
        sum.add(bytes)
        return sum
    }

    /// CRC-32C, turned and moved.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 { sum(bytes).masked }

    /// CRC-32 by the polynomial of Castagnoli, as in iSCSI (RFC 3720, appendix B.4).
    package static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 { sum(bytes).crc }

    private static let table: [UInt32] = (0..<256).map { index in
        var sum = UInt32(index)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        return sum
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
