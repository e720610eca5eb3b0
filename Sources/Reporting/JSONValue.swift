/// A value of a JSON object whose keys keep their order.
public enum JSONValue: Sendable, Equatable {
    case integer(Int)
    /// Written as null where it is not finite.
    case number(Double)
    case text(String)
    case flag(Bool)
    case null
    case list([JSONValue])
    case object([JSONField])

    /// The value on one line.
    public var json: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): Self.number(value)
        case .text(let value): Self.quoted(value)
        case .flag(let value): value ? "true" : "false"
        case .null: "null"
        case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
        case .object(let fields):
            "{" + fields.map { "\(Self.quoted($0.key)): \($0.value.json)" }.joined(separator: ", ") + "}"
        }
    }

    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        // The shortest text that reads back as the same number.
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            // Beyond what JSON asks for: a terminal must not obey what a file is called.
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// One key of a JSON object and its value.
public struct JSONField: Sendable, Equatable {
    public var key: String
    public var value: JSONValue

    public init(_ key: String, _ value: JSONValue) {
        self.key = key
        self.value = value
    }

    public init(_ key: String, _ value: Double) { self.init(key, .number(value)) }
    public init(_ key: String, _ value: Int) { self.init(key, .integer(value)) }
    public init(_ key: String, _ value: String) { self.init(key, .text(value)) }
}
