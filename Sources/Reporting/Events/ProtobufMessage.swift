/// The bytes of a Protocol Buffers message, field by field.
///
/// swift-protobuf would do the same, but wants a code generator at build time and doubles what is compiled, for the six
/// messages that an event file has.
package struct ProtobufMessage: Sendable, Equatable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    enum Wire: UInt64 {
        case varint = 0
        case eightBytes = 1
        case bytes = 2
        case fourBytes = 5
    }

    package mutating func add(_ field: Int, _ value: Int) {
        open(field, .varint)
        add(varint: UInt64(bitPattern: Int64(value)))
    }

    package mutating func add(_ field: Int, _ value: Double) {
        open(field, .eightBytes)
        add(littleEndian: value.bitPattern)
    }

    package mutating func add(_ field: Int, _ value: Float) {
        open(field, .fourBytes)
        add(littleEndian: value.bitPattern)
    }

    package mutating func add(_ field: Int, _ value: [UInt8]) {
        open(field, .bytes)
        add(varint: UInt64(value.count))
        bytes += value
    }

    package mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

    package mutating func add(_ field: Int, _ value: ProtobufMessage) { add(field, value.bytes) }

    /// A repeated field, packed.
    package mutating func add(_ field: Int, _ values: [Double]) {
        open(field, .bytes)
        add(varint: UInt64(8 * values.count))
        for value in values { add(littleEndian: value.bitPattern) }
    }

    private mutating func open(_ field: Int, _ wire: Wire) { add(varint: UInt64(field) << 3 | wire.rawValue) }

    private mutating func add(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func add(littleEndian value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// What stands before a field's value, where its number is below 16: one byte.
    static func key(_ field: Int, _ wire: Wire) -> UInt8 { UInt8(field) << 3 | UInt8(wire.rawValue) }

    /// A number in bytes that anybody may have written; nil where none ends within them.
    static func varint(of bytes: [UInt8], at start: Int) -> UInt64? {
        var number = UInt64(0)
        for (place, byte) in bytes.dropFirst(start).prefix(10).enumerated() {
            number |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
