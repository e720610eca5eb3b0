import Yams

/// What is looked at in YAML before it is composed into values.
///
/// `*name` stands for all that `&name` was written at. A few lines of lists of such references, each of the list before,
/// stand for more values than any machine holds, and Yams walks through them all where they are keys. A configuration has
/// nothing but single values to repeat, so that references to those are all that is allowed.
enum YAMLText {
    /// All keys with comments take a tenth of it.
    static let largest = 65_536

    /// The mapping that a text is; nil for one without any value.
    ///
    /// - Parameter source: for a line, counted from 1; 0 for the whole.
    static func mapping(
        _ text: String, source: (_ line: Int) -> ConfigurationSource
    ) throws(ConfigurationError) -> Node.Mapping? {
        try check(text, source: source)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw badYAML(error, source: source)
        }
        guard let root else { return nil }
        if case .scalar(let scalar) = root, scalar.string.trimmed.isEmpty || scalar.string == "null" { return nil }
        guard case .mapping(let mapping) = root else {
            throw ConfigurationError(
                .badYAML, key: "", source: source(root.mark?.line ?? 1),
                message: "expected lines `key: value`, found \(root.kind)")
        }
        return mapping
    }

    private static func badYAML(
        _ error: any Error, source: (Int) -> ConfigurationSource
    ) -> ConfigurationError {
        var line = 0
        var problem = "\(error)"
        switch error as? YamlError {
        case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _), .composer(_, let text, let mark, _):
            line = mark.line
            problem = text
        case .duplicatedKeysInMapping(let keys, let context):
            line = context.mark.line
            let names = keys.prefix(4).map { key in
                let name = "\(key)"
                return name.utf8.count > Assignments.longestKey ? "\(name.prefix(Assignments.longestKey))…" : name
            }
            problem = "written twice: \(names.joined(separator: ", "))"
        default: break
        }
        return ConfigurationError(
            .badYAML, key: "", source: source(line), message: "this is not valid YAML: \(problem)")
    }

    static func check(_ text: String, source: (_ line: Int) -> ConfigurationSource) throws(ConfigurationError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= largest else { throw tooLarge(source(0)) }
        var line = 1
        for place in bytes.indices {
            if bytes[place] == UInt8(ascii: "\n") { line += 1 }
            guard bytes[place] == UInt8(ascii: "&"), place == 0 || !isName(bytes[place - 1]) else { continue }
            let name = bytes[(place + 1)...].prefix(while: isName)
            guard !name.isEmpty else { continue }
            let value = bytes[name.endIndex...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.first
            guard let value, beginsSingleValue(value) else {
                throw ConfigurationError(
                    .badYAML, key: "", source: source(line),
                    message:
                        "this is not valid here: &\(String(decoding: name.prefix(40), as: UTF8.self)) names something"
                        + " that is no single value; write lists and sections out where they are needed")
            }
        }
    }

    static func tooLarge(_ source: ConfigurationSource) -> ConfigurationError {
        ConfigurationError(
            .badYAML, key: "", source: source,
            message: "this is no configuration: it has more than \(largest) bytes")
    }

    /// Of a name after `&`, to YAML.
    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Not what begins a list, a section, a type, another reference or the next line.
    private static func beginsSingleValue(_ byte: UInt8) -> Bool {
        isName(byte) || "\"'./~+|>".utf8.contains(byte)
    }
}
