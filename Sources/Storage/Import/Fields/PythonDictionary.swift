/// A literal of Python's as numpy writes it before an array: a dictionary of texts, truths and tuples of numbers. Nothing
/// in it is run, nothing else is understood.
struct PythonDictionary {
    enum Value: Equatable {
        case text(String)
        case truth(Bool)
        case numbers([Int])
        /// A list, which numpy writes for elements of several fields.
        case other
    }

    private let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// nil where it is something else, has a key twice, or does not end where the bytes do.
    mutating func read() -> [String: Value]? {
        var entries: [String: Value] = [:]
        guard take("{") else { return nil }
        while !take("}") {
            guard let key = readText(), take(":"), let value = readValue(),
                entries.updateValue(value, forKey: key) == nil
            else { return nil }
            if case .other = value { return entries }
            guard take(",") || next == UInt8(ascii: "}") else { return nil }
        }
        skipSpace()
        return place == bytes.count ? entries : nil
    }

    private var next: UInt8? {
        mutating get {
            skipSpace()
            return place < bytes.count ? bytes[place] : nil
        }
    }

    private mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func take(_ mark: Character) -> Bool {
        guard next == mark.asciiValue else { return false }
        place += 1
        return true
    }

    private mutating func readText() -> String? {
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        guard let end = bytes[(place + 1)...].firstIndex(of: quote) else { return nil }
        let text = bytes[place + 1..<end]
        guard !text.contains(UInt8(ascii: "\\")) else { return nil }
        place = end + 1
        return String(validating: text, as: UTF8.self)
    }

    private mutating func readValue() -> Value? {
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return readText().map(Value.text)
        case UInt8(ascii: "T"): return readWord("True") ? .truth(true) : nil
        case UInt8(ascii: "F"): return readWord("False") ? .truth(false) : nil
        case UInt8(ascii: "["): return .other
        case UInt8(ascii: "("):
            place += 1
            var numbers: [Int] = []
            while !take(")") {
                guard let number = readNumber() else { return nil }
                numbers.append(number)
                guard take(",") || next == UInt8(ascii: ")") else { return nil }
            }
            return .numbers(numbers)
        default: return nil
        }
    }

    private mutating func readWord(_ word: String) -> Bool {
        guard bytes[place...].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func readNumber() -> Int? {
        skipSpace()
        let digits = bytes[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty else { return nil }
        place += digits.count
        // Python 2 wrote long numbers with an L.
        if place < bytes.count, bytes[place] == UInt8(ascii: "L") { place += 1 }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
