/// The bytes of a Protocol Buffers message, field by field.
///
/// swift-protobuf would do the same, but wants a code generator at build time and doubles what is compiled, for the six
/// messages that an event file has.
struct ProtobufMessage: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []

    private enum Wire: UInt64 {
        case varint = 0
        case eightBytes = 1
        case bytes = 2
        case fourBytes = 5
    }

    mutating func add(_ field: Int, _ value: Int) {
        open(field, .varint)
        add(varint: UInt64(bitPattern: Int64(value)))
    }

    mutating func add(_ field: Int, _ value: Double) {
        open(field, .eightBytes)
        add(littleEndian: value.bitPattern)
    }

    mutating func add(_ field: Int, _ value: Float) {
        open(field, .fourBytes)
        add(littleEndian: value.bitPattern)
    }

    mutating func add(_ field: Int, _ value: [UInt8]) {
        open(field, .bytes)
        add(varint: UInt64(value.count))
        bytes += value
    }

    mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

    mutating func add(_ field: Int, _ value: ProtobufMessage) { add(field, value.bytes) }

    /// A repeated field, packed.
    mutating func add(_ field: Int, _ values: [Double]) {
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

    /// The value of a field of whole numbers in a message that anybody may have written; 0, its default, where it has
    /// none.
    ///
    /// - Returns: nil where the bytes are no message.
    static func integer(_ field: Int, in message: [UInt8]) -> Int? {
        var (value, place) = (0, 0)
        func varint() -> UInt64? {
            var (number, shift) = (UInt64(0), UInt64(0))
            while place < message.count, shift < 64 {
                let byte = message[place]
                place += 1
                number |= UInt64(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return number }
                shift += 7
            }
            return nil
        }
        while place < message.count {
            guard let key = varint(), key >> 3 > 0, let wire = Wire(rawValue: key & 7) else { return nil }
            switch wire {
            case .varint:
                guard let number = varint() else { return nil }
                if key >> 3 == UInt64(field) { value = Int(Int64(bitPattern: number)) }
            case .eightBytes: place += 8
            case .fourBytes: place += 4
            case .bytes:
                guard let count = varint(), count <= UInt64(message.count - place) else { return nil }
                place += Int(count)
            }
            guard place <= message.count else { return nil }
        }
        return value
    }
}
