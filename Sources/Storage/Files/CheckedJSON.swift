import Foundation

/// JSON that may come from anybody. Whether it is any (RFC 8259) is looked at here first: Foundation's decoder in Swift
/// 6.0.3 traps on some texts that are none, where it should throw.
public enum CheckedJSON {
    /// - Throws: ``JSONSyntaxError``, or `DecodingError` where it is JSON of another form.
    public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try check(bytes)
        return try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// - Throws: ``JSONSyntaxError`` where the bytes are no JSON text.
    public static func check(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        var reader = JSONReader(bytes: bytes)
        try reader.readText()
    }
}

/// Where a text stops being JSON.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// Of the first byte that does not fit.
    public let offset: Int
    public let expected: String

    public var description: String { "no JSON: at byte \(offset), expected \(expected)" }
}

private struct JSONReader {
    /// Deeper ones are nobody's.
    private static let deepest = 500

    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// One value and nothing behind it. Objects and lists are open until they are closed: nothing here calls itself.
    mutating func readText() throws(JSONSyntaxError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw fault("text in UTF-8") }
        var open: [UInt8] = []
        var wantsValue = true
        while true {
            skipSpace()
            if wantsValue {
                let byte = next
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                    guard open.count < Self.deepest else { throw fault("at most \(Self.deepest) levels") }
                    place += 1
                    open.append(byte ?? 0)
                    skipSpace()
                    if next == closing(byte ?? 0) {
                        place += 1
                        open.removeLast()
                        wantsValue = false
                    } else if byte == UInt8(ascii: "{") {
                        try readKey()
                    }
                    continue
                }
                try readScalar()
                wantsValue = false
                continue
            }
            guard let inner = open.last else { break }
            if next == closing(inner) {
                place += 1
                open.removeLast()
                continue
            }
            try read(
                UInt8(ascii: ","), or: "a comma or the end of \(inner == UInt8(ascii: "{") ? "an object" : "a list")")
            skipSpace()
            if inner == UInt8(ascii: "{") { try readKey() }
            wantsValue = true
        }
        guard place == bytes.count else { throw fault("the end") }
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func fault(_ expected: String) -> JSONSyntaxError { JSONSyntaxError(offset: place, expected: expected) }

    private func closing(_ opening: UInt8) -> UInt8 {
        opening == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
    }

    private mutating func read(_ byte: UInt8, or expected: String) throws(JSONSyntaxError) {
        guard next == byte else { throw fault(expected) }
        place += 1
    }

    private mutating func readKey() throws(JSONSyntaxError) {
        guard next == UInt8(ascii: "\"") else { throw fault("a key in quotation marks") }
        try readString()
        skipSpace()
        try read(UInt8(ascii: ":"), or: "a colon")
    }

    private mutating func readScalar() throws(JSONSyntaxError) {
        switch next {
        case UInt8(ascii: "\""): try readString()
        case UInt8(ascii: "t"): try readWord("true")
        case UInt8(ascii: "f"): try readWord("false")
        case UInt8(ascii: "n"): try readWord("null")
        default: try readNumber()
        }
    }

    private mutating func readWord(_ word: StaticString) throws(JSONSyntaxError) {
        for byte in "\(word)".utf8 { try read(byte, or: "\(word)") }
    }

    private mutating func readNumber() throws(JSONSyntaxError) {
        if next == UInt8(ascii: "-") { place += 1 }
        if next == UInt8(ascii: "0") { place += 1 } else { try readDigits("a value") }
        if next == UInt8(ascii: ".") {
            place += 1
            try readDigits("digits")
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            place += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
            try readDigits("digits")
        }
    }

    private mutating func readDigits(_ expected: String) throws(JSONSyntaxError) {
        let first = place
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
        guard place > first else { throw fault(expected) }
    }

    private mutating func readString() throws(JSONSyntaxError) {
        place += 1
        while let byte = next {
            guard byte >= 0x20 else { throw fault("no control characters in a string") }
            place += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { try readEscape() }
        }
        throw fault("the end of a string")
    }

    private mutating func readEscape() throws(JSONSyntaxError) {
        guard let byte = next, "\"\\/bfnrtu".utf8.contains(byte) else { throw fault("an escape such as \\n") }
        place += 1
        guard byte == UInt8(ascii: "u") else { return }
        let unit = try readHexadecimal()
        guard unit & 0xF800 == 0xD800 else { return }
        // A character beyond the first 65536 is two escapes.
        guard unit < 0xDC00, next == UInt8(ascii: "\\") else { throw fault("the other half of a character") }
        place += 1
        guard next == UInt8(ascii: "u") else { throw fault("the other half of a character") }
        place += 1
        guard try readHexadecimal() & 0xFC00 == 0xDC00 else { throw fault("the other half of a character") }
    }

    private mutating func readHexadecimal() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            place += 1
        }
        return value
    }
}
