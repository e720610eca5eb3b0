import Foundation

/// Formats as shards and checkpoints state them: JSON whose text is the same for equal formats on every machine.
extension SampleFormat {
    /// One line of JSON, such as `{"element":"float32","height":96,"width":64,"channels":[{"name":"rain","unit":"mm",
    /// "transform":{"curve":"log1p","center":1.5,"scale":2}}]}`. All numbers are finite, see ``problem``.
    public var json: String {
        "{\"element\":\(FormatText.string(element.rawValue)),\"height\":\(height),\"width\":\(width),"
            + "\"channels\":[\(FormatText.list(channels))]}"
    }

    /// The format that a file states; see ``json``.
    ///
    /// - Parameter path: of the file, for messages.
    /// - Throws: ``DatasetError`` (65) where the text is no such JSON, has keys that are not known, or states what cannot be.
    public init(json: String, path: String) throws {
        self = try FormatText.decode(SampleFormat.self, json, "sample format", path)
        if let problem { throw DatasetError.badData("\(path): its sample format \(problem)") }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case element, height, width, channels }

    public init(from decoder: any Decoder) throws {
        let values = try StrictKeys.container(decoder, CodingKeys.self)
        self.init(
            element: try values.decode(Element.self, forKey: .element),
            height: try StrictKeys.whole(values, .height), width: try StrictKeys.whole(values, .width),
            channels: try values.decode([Channel].self, forKey: .channels))
    }
}

extension SampleFormat.Channel {
    private enum CodingKeys: String, CodingKey, CaseIterable { case name, unit, transform }

    public init(from decoder: any Decoder) throws {
        let values = try StrictKeys.container(decoder, CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name), unit: try values.decode(String.self, forKey: .unit),
            transform: try values.decode(ChannelTransform.self, forKey: .transform))
    }
}

extension VectorFormat {
    /// One line of JSON: `{"components":[{"name":"energy","unit":"GeV","transform":{…}}]}`.
    public var json: String { "{\"components\":[\(FormatText.list(components))]}" }

    /// The format that a file states; see ``json``.
    ///
    /// - Throws: as ``SampleFormat/init(json:path:)``.
    public init(json: String, path: String) throws {
        self = try FormatText.decode(VectorFormat.self, json, "vector format", path)
        if let problem { throw DatasetError.badData("\(path): its vector format \(problem)") }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case components }

    public init(from decoder: any Decoder) throws {
        let values = try StrictKeys.container(decoder, CodingKeys.self)
        self.init(components: try values.decode([SampleFormat.Channel].self, forKey: .components))
    }
}

/// `{"curve":"asinh","parameter":2.5,"center":0,"scale":1}`; a parameter where the curve has one.
extension ChannelTransform {
    private enum CodingKeys: String, CodingKey, CaseIterable { case curve, parameter, center, scale }

    public init(from decoder: any Decoder) throws {
        let values = try StrictKeys.container(decoder, CodingKeys.self)
        let name = try values.decode(String.self, forKey: .curve)
        let parameter = try values.decodeIfPresent(Double.self, forKey: .parameter)
        guard let curve = Curve(name: name, parameter: parameter) else {
            throw DecodingError.dataCorruptedError(
                forKey: .curve, in: values,
                debugDescription: "curve \(name) \(parameter.map { "with parameter \($0)" } ?? "without a parameter"), "
                    + "expected linear or log1p without, asinh, ratio or power with a parameter above 0")
        }
        self.init(
            curve: curve, center: try values.decode(Double.self, forKey: .center),
            scale: try values.decode(Double.self, forKey: .scale))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(curve.name, forKey: .curve)
        try values.encodeIfPresent(curve.parameter, forKey: .parameter)
        try values.encode(center, forKey: .center)
        try values.encode(scale, forKey: .scale)
    }

    fileprivate var json: String {
        "{\"curve\":\(FormatText.string(curve.name)),"
            + (curve.parameter.map { "\"parameter\":\(FormatText.number($0))," } ?? "")
            + "\"center\":\(FormatText.number(center)),\"scale\":\(FormatText.number(scale))}"
    }
}

extension ChannelTransform.Curve {
    /// As files call it.
    public var name: String {
        switch self {
        case .linear: "linear"
        case .log1p: "log1p"
        case .asinh: "asinh"
        case .ratio: "ratio"
        case .power: "power"
        }
    }

    /// The number that belongs to it; nil where none does.
    public var parameter: Double? {
        switch self {
        case .linear, .log1p: nil
        case .asinh(let scale): scale
        case .ratio(let a): a
        case .power(let exponent): exponent
        }
    }

    /// The curve of a name; nil where there is none of it, or its parameter is missing, too many, or not above 0.
    public init?(name: String, parameter: Double?) {
        switch (name, parameter) {
        case ("linear", nil): self = .linear
        case ("log1p", nil): self = .log1p
        case ("asinh", let scale?): self = .asinh(scale: scale)
        case ("ratio", let a?): self = .ratio(a: a)
        case ("power", let exponent?): self = .power(exponent: exponent)
        default: return nil
        }
        if let value = self.parameter { guard value.isFinite, value > 0 else { return nil } }
    }
}

/// Reads objects that have no other keys than those known: what this program does not understand may matter.
private enum StrictKeys {
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int?
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static func container<Key: CodingKey & CaseIterable>(
        _ decoder: any Decoder, _: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        let all = try decoder.container(keyedBy: AnyKey.self)
        if let other = all.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "key \(other) is not known"))
        }
        return try decoder.container(keyedBy: Key.self)
    }

    /// A whole number; Foundation's own message for another does not tell the place.
    static func whole<Key: CodingKey>(_ values: KeyedDecodingContainer<Key>, _ key: Key) throws -> Int {
        let number = try values.decode(Double.self, forKey: key)
        guard let whole = Int(exactly: number) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: values, debugDescription: "it is \(number), expected a whole number")
        }
        return whole
    }
}

private enum FormatText {
    /// More than the longest format takes.
    private static let longest = 1 << 18

    static func decode<Value: Decodable>(_ type: Value.Type, _ json: String, _ what: String, _ path: String) throws
        -> Value
    {
        let bytes = Array(json.utf8)
        func refusal(_ message: String) -> DatasetError {
            .badData("\(path): its \(what) cannot be read (\(message)): it is damaged or forged, or of a later version")
        }
        guard bytes.count <= longest else { throw refusal("\(bytes.count) bytes, expected at most \(longest)") }
        do {
            return try CheckedJSON.decode(type, from: bytes)
        } catch let error as JSONSyntaxError {
            throw refusal("\(error)")
        } catch let error as DecodingError {
            throw refusal(text(error))
        }
    }

    private static func text(_ error: DecodingError) -> String {
        func place(_ keys: [any CodingKey]) -> String {
            keys.isEmpty ? "" : keys.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".") + ": "
        }
        return switch error {
        case .keyNotFound(let key, let context): "\(place(context.codingPath))\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            place(context.codingPath) + context.debugDescription
        @unknown default: "\(error)"
        }
    }

    static func list(_ channels: [SampleFormat.Channel]) -> String {
        channels.map { channel in
            "{\"name\":\(string(channel.name)),\"unit\":\(string(channel.unit)),\"transform\":\(channel.transform.json)}"
        }.joined(separator: ",")
    }

    /// The shortest text that gives the same number back.
    static func number(_ value: Double) -> String { "\(value)" }

    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
