/// A hash over the checksums of all arrays and over all attributes.
struct CheckpointDigest {
    private var entries: [String] = []

    /// The attributes that describe the file itself.
    static let ownAttributes = ["complete", "digest"]

    static func checksum(of values: [Float]) -> UInt32 { values.withUnsafeBytes { Checksum.crc32($0) } }

    mutating func add(path: String, shape: [Int], checksum: UInt32) {
        entries.append("array \(path) \(shape) \(checksum)")
    }

    mutating func add(attribute name: String, _ value: AttributeValue) {
        if Self.ownAttributes.contains(name) { return }
        // Bit patterns: a description would make 0 and -0, or two NaNs, alike.
        let text: String =
            switch value {
            case .string(let value): "string \(value)"
            case .strings(let values): "strings \(values)"
            case .int(let value): "int \(value)"
            case .ints(let values): "ints \(values)"
            case .float(let value): "float \(value.bitPattern)"
            case .floats(let values): "floats \(values.map(\.bitPattern))"
            case .double(let value): "double \(value.bitPattern)"
            case .doubles(let values): "doubles \(values.map(\.bitPattern))"
            }
        entries.append("attribute \(name) \(text)")
    }

    /// 32 hexadecimal digits, whatever order things were added in.
    var text: String {
        var hash = ContentHash()
        for entry in entries.sorted() { hash.add(entry) }
        return hash.text
    }
}
