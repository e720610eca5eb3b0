import Foundation

/// The fields of a Protocol Buffers message, read by the rules of its encoding and nothing of ours.
struct DecodedMessage {
    enum Value: Equatable {
        case varint(UInt64)
        case eightBytes(UInt64)
        case bytes([UInt8])
        case fourBytes(UInt32)
    }

    private(set) var fields: [(number: Int, value: Value)] = []

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let key = Self.varint(&rest) else { return nil }
            let number = Int(key >> 3)
            switch key & 7 {
            case 0:
                guard let value = Self.varint(&rest) else { return nil }
                fields.append((number, .varint(value)))
            case 1:
                guard let value = Self.fixed(&rest, 8) else { return nil }
                fields.append((number, .eightBytes(value)))
            case 2:
                guard let count = Self.varint(&rest), count <= UInt64(rest.count) else { return nil }
                fields.append((number, .bytes(Array(rest.prefix(Int(count))))))
                rest = rest.dropFirst(Int(count))
            case 5:
                guard let value = Self.fixed(&rest, 4) else { return nil }
                fields.append((number, .fourBytes(UInt32(value))))
            default: return nil
            }
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst(), shift < 64 {
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
            shift += 7
        }
        return nil
    }

    private static func fixed(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }

    subscript(_ number: Int) -> Value? { fields.first { $0.number == number }?.value }

    func all(_ number: Int) -> [Value] { fields.filter { $0.number == number }.map(\.value) }

    func integer(_ number: Int) -> Int? {
        guard case .varint(let value)? = self[number] else { return nil }
        return Int(Int64(bitPattern: value))
    }

    func double(_ number: Int) -> Double? {
        guard case .eightBytes(let value)? = self[number] else { return nil }
        return Double(bitPattern: value)
    }

    func float(_ number: Int) -> Float? {
        guard case .fourBytes(let value)? = self[number] else { return nil }
        return Float(bitPattern: value)
    }

    func bytes(_ number: Int) -> [UInt8]? {
        guard case .bytes(let value)? = self[number] else { return nil }
        return value
    }

    func text(_ number: Int) -> String? { bytes(number).map { String(decoding: $0, as: UTF8.self) } }

    func message(_ number: Int) -> DecodedMessage? { bytes(number).flatMap { DecodedMessage($0) } }

    func doubles(_ number: Int) -> [Double]? {
        guard let packed = bytes(number), packed.count % 8 == 0 else { return nil }
        return stride(from: 0, to: packed.count, by: 8).map { start in
            Double(
                bitPattern: packed[start..<start + 8].enumerated().reduce(UInt64(0)) {
                    $0 | UInt64($1.element) << UInt64(8 * $1.offset)
                })
        }
    }
}

/// An event file's records, each with its checksums compared; nil where one is wrong.
func records(ofEventFile path: String) throws -> [DecodedMessage]? {
    var rest = Array(try Data(contentsOf: URL(fileURLWithPath: path)))[...]
    var messages: [DecodedMessage] = []
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    while !rest.isEmpty {
        guard rest.count >= 16 else { return nil }
        let head = rest.prefix(8)
        let length = Int(number(head))
        guard number(rest.dropFirst(8).prefix(4)) == maskedChecksum(head), rest.count >= 16 + length else { return nil }
        let body = rest.dropFirst(12).prefix(length)
        guard number(rest.dropFirst(12 + length).prefix(4)) == maskedChecksum(body),
            let message = DecodedMessage(Array(body))
        else { return nil }
        messages.append(message)
        rest = rest.dropFirst(16 + length)
    }
    return messages
}

/// Bit by bit, from the polynomial as it is written: x³² + x²⁸ + x²⁷ + x²⁶ + x²⁵ + x²³ + x²² + x²⁰ + x¹⁹ + x¹⁸ + x¹⁴ + x¹³ +
/// x¹¹ + x¹⁰ + x⁹ + x⁸ + x⁶ + 1.
private func maskedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    let powers = [28, 27, 26, 25, 23, 22, 20, 19, 18, 14, 13, 11, 10, 9, 8, 6, 0]
    let polynomial = powers.reduce(UInt32(0)) { $0 | 1 << UInt32($1) }
    var register = UInt32.max
    for byte in bytes {
        for bit in 0..<8 {
            let top = register >> 31 ^ UInt32(byte >> UInt8(bit) & 1)
            register = register << 1 ^ (top == 1 ? polynomial : 0)
        }
    }
    var sum = UInt32(0)
    for bit in 0..<32 where ~register >> UInt32(bit) & 1 == 1 { sum |= 1 << UInt32(31 - bit) }
    return UInt64((sum >> 15 | sum << 17) &+ 0xA282_EAD8)
}
