/// The value of an HDF5 attribute.
public enum AttributeValue: Sendable, Hashable {
    case string(String)
    case int(Int)
    case float(Float)
    case double(Double)
    case strings([String])
    case ints([Int])
    case floats([Float])
    case doubles([Double])

    /// The text, when it is one string.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The texts, when it is a list of strings.
    public var stringsValue: [String]? {
        if case .strings(let values) = self { values } else { nil }
    }

    /// The number, when it is one integer, or a floating-point number without fraction.
    public var intValue: Int? {
        switch self {
        case .int(let value): value
        case .ints(let values) where values.count == 1: values[0]
        default: doubleValue.flatMap { Int(exactly: $0) }
        }
    }

    /// The number, when it is one number of any kind.
    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): Double(value)
        case .double(let value): value
        case .ints(let values) where values.count == 1: Double(values[0])
        case .floats(let values) where values.count == 1: Double(values[0])
        case .doubles(let values) where values.count == 1: values[0]
        default: nil
        }
    }

    /// The number as `Float`, when it is one number of any kind.
    public var floatValue: Float? {
        if case .float(let value) = self { value } else { doubleValue.map { Float($0) } }
    }
}

extension AttributeValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let value): value
        case .int(let value): "\(value)"
        case .float(let value): "\(value)"
        case .double(let value): "\(value)"
        case .strings(let values): "\(values)"
        case .ints(let values): "\(values)"
        case .floats(let values): "\(values)"
        case .doubles(let values): "\(values)"
        }
    }
}
