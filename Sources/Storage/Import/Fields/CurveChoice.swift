/// Which curve tames which channel: one for all, or by name.
public struct CurveChoice: Sendable, Equatable {
    /// Of all channels that have none of their own; nil where nobody has asked for one.
    public private(set) var common: ChannelTransform.Curve?
    /// By channel, key or component.
    public private(set) var named: [String: ChannelTransform.Curve] = [:]

    public init() {}

    /// - Parameter text: `log1p`, or `showers=log1p,energy=asinh:10`.
    /// - Throws: ``DatasetError`` (64) saying what there is.
    public init(_ text: String) throws {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let sign = part.lastIndex(of: "=") {
                let name = String(part[..<sign])
                let curve = try Self.curve(part[part.index(after: sign)...])
                guard !name.isEmpty, named.updateValue(curve, forKey: name) == nil else {
                    throw DatasetError.usage("--transform \(text): expected a name once before each =")
                }
            } else {
                guard common == nil else {
                    throw DatasetError.usage("--transform \(text): two for all channels, expected one")
                }
                common = try Self.curve(part)
            }
        }
    }

    private static func curve(_ text: Substring) throws -> ChannelTransform.Curve {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        func number() throws -> Double {
            guard parts.count == 2, let value = Double(parts[1]), value.isFinite, value > 0 else {
                throw DatasetError.usage("--transform \(text): expected \(parts[0]):X with X above 0")
            }
            return value
        }
        switch (parts.first.map(String.init), parts.count) {
        case ("linear", 1): return .linear
        case ("log1p", 1): return .log1p
        case ("asinh", _): return .asinh(scale: try number())
        case ("ratio", _): return .ratio(a: try number())
        case ("power", _): return .power(exponent: try number())
        default:
            throw DatasetError.usage(
                "--transform \(text): expected linear, log1p, asinh:SCALE, ratio:A or power:P, for all channels or as "
                    + "NAME=log1p,OTHER=linear")
        }
    }

    /// That of a channel: its own, its key's, or `otherwise`.
    func curve(of name: String, key: String, otherwise: ChannelTransform.Curve) -> ChannelTransform.Curve {
        named[name] ?? named[key] ?? otherwise
    }
}

extension ChannelTransform.Curve {
    /// As it is asked for: `asinh:10`.
    public var text: String { name + (parameter.map { ":\($0.plain)" } ?? "") }
}

extension Double {
    /// Without a needless `.0`.
    fileprivate var plain: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
