import Foundation

/// Little-endian numbers in files.
enum RawFloats {
    static func write(_ values: [Float], to path: String) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * values.count)
        for value in values {
            var rest = value.bitPattern
            for _ in 0..<4 {
                bytes.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    static func read(_ bytes: ArraySlice<UInt8>) -> [Float] {
        var values: [Float] = []
        var rest = bytes
        while rest.count >= 4 {
            var bits: UInt32 = 0
            for byte in rest.prefix(4).reversed() { bits = bits << 8 | UInt32(byte) }
            values.append(Float(bitPattern: bits))
            rest = rest.dropFirst(4)
        }
        return values
    }
}
