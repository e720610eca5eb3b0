/// Why a text is no value of a domain.
enum ValueProblem: Error {
    case wrongType
    case outOfRange
}

/// The values that a key accepts: how they are read, written and described.
struct Domain<Value>: Sendable {
    /// What kind of value: "whole number".
    let type: String
    /// Which of them: "1 to 64".
    let allowed: String
    let parse: @Sendable (String) throws(ValueProblem) -> Value
    let write: @Sendable (Value) -> String
    /// Whether YAML may write it as a list or a mapping too.
    var form = KeyForm.single
}

extension Domain where Value: FixedWidthInteger & Sendable {
    static func integer(_ range: ClosedRange<Value>) -> Domain {
        Domain(
            type: "whole number",
            allowed: range.upperBound == .max
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)",
            parse: { text throws(ValueProblem) in
                guard let value = Value(text) else {
                    guard !text.isEmpty, text.drop(while: { $0 == "-" }).allSatisfy(\.isWholeNumber) else {
                        throw .wrongType
                    }
                    throw .outOfRange
                }
                guard range.contains(value) else { throw .outOfRange }
                return value
            },
            write: { "\($0)" })
    }

    /// Powers of two.
    static func powerOfTwo(_ range: ClosedRange<Value>) -> Domain {
        let whole = integer(range)
        return Domain(
            type: whole.type, allowed: "a power of two, \(whole.allowed)",
            parse: { text throws(ValueProblem) in
                let value = try whole.parse(text)
                guard value.nonzeroBitCount == 1 else { throw .outOfRange }
                return value
            },
            write: whole.write)
    }
}

extension Domain where Value == Double {
    static func number(_ allowed: String, where isAllowed: @escaping @Sendable (Double) -> Bool) -> Domain {
        Domain(
            type: "number", allowed: allowed,
            parse: { text throws(ValueProblem) in
                guard let value = Double(text), !text.lowercased().contains("x") else { throw .wrongType }
                guard value.isFinite, isAllowed(value) else { throw .outOfRange }
                return value
            },
            write: canonical)
    }

    static let positive = number("more than 0") { $0 > 0 }
    /// More than 0, with a bound that keeps what is counted from it countable.
    static func positive(upTo most: Int) -> Domain {
        number("more than 0, at most \(most)") { $0 > 0 && $0 <= Double(most) }
    }
    /// Thousands of images.
    static let kimg = positive(upTo: 1_000_000_000)
    static let kimgOrNone = number("0 to 1000000000") { (0...1_000_000_000).contains($0) }
    static let nonNegative = number("0 or more") { $0 >= 0 }
    static let fraction = number("0 to 1") { (0...1).contains($0) }
    /// 0 included, 1 not: the decay of a moment.
    static let decay = number("0 to below 1") { $0 >= 0 && $0 < 1 }

    /// The shortest text that reads back as the same number, for readers of YAML 1.1 too.
    static func canonical(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return value == 0 ? "0" : "\(Int(value))" }
        let text = "\(value)"
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return "\(text[..<exponent]).0\(text[exponent...])"
    }
}

extension Domain where Value == Bool {
    static let flag = Domain(
        type: "truth value", allowed: "true or false",
        parse: { text throws(ValueProblem) in
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: throw .wrongType
            }
        },
        write: { $0 ? "true" : "false" })
}

extension Domain where Value == String? {
    /// Any text; empty for none.
    static let text = Domain(
        type: "text", allowed: "a path", parse: { $0.isEmpty ? nil : $0 }, write: { $0 ?? "" })
}

extension Domain where Value == Grid {
    static let grid = Domain(
        type: "grid", allowed: "COLUMNSxROWS, each 1 to 64, such as 8x8",
        parse: { text throws(ValueProblem) in
            let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard sides.count == 2, let columns = sides[0], let rows = sides[1] else { throw .wrongType }
            guard (1...64).contains(columns), (1...64).contains(rows) else { throw .outOfRange }
            return Grid(columns: columns, rows: rows)
        },
        write: { "\($0.columns)x\($0.rows)" })
}

extension Domain where Value: Choice {
    static var choice: Domain {
        let listed = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Domain(
            type: "word", allowed: listed.contains(",") ? "one of \(listed)" : listed,
            parse: { text throws(ValueProblem) in
                guard let value = Value(rawValue: text) else { throw .outOfRange }
                return value
            },
            write: { $0.rawValue })
    }
}

extension Domain {
    /// Also `auto`.
    static func auto<Inner>(_ inner: Domain<Inner>) -> Domain where Value == Auto<Inner> {
        Domain(
            type: inner.type, allowed: "\(inner.allowed), or auto",
            parse: { text throws(ValueProblem) in
                text == "auto" ? .auto : .value(try inner.parse(text))
            },
            write: { value in value.given.map { inner.write($0) } ?? "auto" }, form: inner.form)
    }

    /// Also `all`, for no limit.
    static func orAll<Inner>(_ inner: Domain<Inner>) -> Domain where Value == Inner? {
        Domain(
            type: inner.type, allowed: "\(inner.allowed), or all",
            parse: { text throws(ValueProblem) in
                text == "all" ? nil : try inner.parse(text)
            },
            write: { value in value.map { inner.write($0) } ?? "all" })
    }

    /// Also `none`, or YAML's `null`.
    static func optional<Inner>(_ inner: Domain<Inner>) -> Domain where Value == Inner? {
        Domain(
            type: inner.type, allowed: "\(inner.allowed), or none",
            parse: { text throws(ValueProblem) in
                text == "none" || text == "null" ? nil : try inner.parse(text)
            },
            write: { value in value.map { inner.write($0) } ?? "none" })
    }
}
