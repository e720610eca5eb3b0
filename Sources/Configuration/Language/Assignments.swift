import Yams

/// One `key: value` and where it stands.
struct Assignment {
    let path: String
    let text: String
    let source: ConfigurationSource

    init(path: String, text: String, source: ConfigurationSource) {
        self.path = Configuration.renamed[path] ?? path
        self.text = text
        self.source = source
    }
}

/// All assignments of one source, in order.
struct Assignments {
    var list: [Assignment] = []

    init() {}

    func last(_ path: String) -> Assignment? {
        list.last { $0.path == path }
    }

    /// Reads texts `key=value`.
    init(overrides: [String]) throws(ConfigurationError) {
        for text in overrides {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ConfigurationError(
                    .usage, key: "", source: .override(text),
                    message: "expected key=value, such as --set loss.r1_gamma=1")
            }
            let path = text[..<equals].trimmed
            list.append(
                Assignment(path: path, text: text[text.index(after: equals)...].trimmed, source: .override(text)))
        }
        try rejectTwoBatches()
    }

    /// Longer keys are not looked at: no message should have to show them.
    static let longestKey = 200

    /// Reads a YAML mapping of values and of sections of values.
    ///
    /// - Parameter source: for a line, counted from 1; 0 for the whole.
    init(yaml text: String, source: (_ line: Int) -> ConfigurationSource) throws(ConfigurationError) {
        guard let mapping = try YAMLText.mapping(text, source: source) else {
            self.init()
            return
        }
        try self.init(mapping, source: source)
    }

    /// The same of a mapping that stands within another file.
    init(_ mapping: Node.Mapping, source: (_ line: Int) -> ConfigurationSource) throws(ConfigurationError) {
        try append(mapping, prefix: "", source: source)
        try rejectTwoBatches()
    }

    private mutating func append(
        _ mapping: Node.Mapping, prefix: String, source sourceOf: (Int) -> ConfigurationSource
    ) throws(ConfigurationError) {
        for (keyNode, value) in mapping {
            let source = sourceOf(keyNode.mark?.line ?? 0)
            guard case .scalar(let key) = keyNode, key.string.utf8.count <= Self.longestKey else {
                throw ConfigurationError(
                    .badYAML, key: "", source: source,
                    message: "\(prefix.isEmpty ? "" : "\(prefix.dropLast()): ")found "
                        + (keyNode.scalar.map { "a name of \($0.string.utf8.count) bytes" } ?? keyNode.kind)
                        + " where the name of a key belongs, such as batch")
            }
            let path = prefix + key.string
            if prefix.isEmpty, Configuration.sections.contains(path) {
                guard case .mapping(let section) = value else {
                    throw ConfigurationError(
                        .wrongType, key: path, source: source,
                        message: "\(path): found \(value.kind); allowed: a section of keys such as"
                            + " \(Configuration.keys.first { $0.path.hasPrefix(path + ".") }?.path ?? path)")
                }
                try append(section, prefix: path + ".", source: sourceOf)
                continue
            }
            if prefix.isEmpty, case .mapping(let section) = value, Configuration.key(path) == nil {
                // A misspelt section: its keys are unknown too, and their names tell more.
                try append(section, prefix: path + ".", source: sourceOf)
                if section.isEmpty { list.append(Assignment(path: path, text: "", source: source)) }
                continue
            }
            guard case .scalar(let scalar) = value else {
                guard let key = Configuration.key(Configuration.renamed[path] ?? path) else {
                    list.append(Assignment(path: path, text: "", source: source))
                    continue
                }
                guard let text = key.form.text(of: value) else {
                    throw ConfigurationError(
                        .wrongType, key: path, source: source,
                        message:
                            "\(key.path): found \(value.kind), but a \(key.type) is expected; allowed: \(key.allowed)")
                }
                list.append(Assignment(path: path, text: text, source: source))
                continue
            }
            list.append(Assignment(path: path, text: scalar.string, source: source))
        }
    }

    private func rejectTwoBatches() throws(ConfigurationError) {
        guard let whole = last("batch"), let share = last("batch_per_rank") else { return }
        throw ConfigurationError(
            .conflict, key: "batch_per_rank", source: share.source,
            message: "batch is \(whole.text) and batch_per_rank is \(share.text); only one of them may be set")
    }
}

extension KeyForm {
    /// The one text that stands for a YAML list or mapping of single values; nil where the key takes no such thing.
    func text(of node: Node) -> String? {
        var parts: [String] = []
        switch (self, node) {
        case (.list, .sequence(let items)):
            for item in items {
                guard case .scalar(let scalar) = item else { return nil }
                parts.append(scalar.string)
            }
        case (.table, .mapping(let pairs)):
            for (key, value) in pairs {
                guard case .scalar(let key) = key, case .scalar(let value) = value else { return nil }
                parts.append("\(key.string):\(value.string)")
            }
        default: return nil
        }
        return joined(parts)
    }
}

extension Node {
    /// What it is, for messages.
    var kind: String {
        switch self {
        case .scalar: "a single value"
        case .mapping: "a section"
        case .sequence: "a list"
        default: "a reference"
        }
    }
}

extension StringProtocol {
    var trimmed: String {
        var part = self[...]
        while part.first?.isWhitespace == true { part.removeFirst() }
        while part.last?.isWhitespace == true { part.removeLast() }
        return String(part)
    }
}
