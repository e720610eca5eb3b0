import Yams

/// Reads the file of a study, value by value; an error names the line.
struct StudyReading {
    static let keys = [
        "name", "data", "out", "seeds", "kimg", "metrics", "every_kimg", "at_minutes", "ranks", "threads", "beside",
        "base", "settings",
    ]
    /// A text that is not empty.
    static let path = Domain<String>.path
    /// Longer ones would make a table hard to read.
    private static let longestName = 40
    private static let mostSettings = 1000

    private let file: String
    private var entries: [String: (value: Node, line: Int)] = [:]

    init(_ text: String, file: String) throws(ConfigurationError) {
        self.file = file
        for (keyNode, value) in try YAMLText.mapping(text, source: { .file(file, line: $0) }) ?? [:] {
            let line = keyNode.mark?.line ?? 0
            guard case .scalar(let scalar) = keyNode, scalar.string.utf8.count <= Assignments.longestKey else {
                throw ConfigurationError(
                    .badYAML, key: "", source: .file(file, line: line),
                    message: "found \(keyNode.kind) where the name of a key belongs, such as seeds")
            }
            guard Self.keys.contains(scalar.string) else { throw unknown(scalar.string, line) }
            entries[scalar.string] = (value, line)
        }
    }

    private func unknown(_ key: String, _ line: Int) -> ConfigurationError {
        let path = Configuration.renamed[key] ?? key
        var message = "unknown key \(key)"
        if Configuration.key(path) != nil || Configuration.sections.contains(path) {
            message += " at the head of a study; keys of a run stand in base, or in a setting"
        } else if let near = Self.keys.min(by: { distance($0, key) < distance($1, key) }), distance(near, key) <= 2 {
            message += "; did you mean \(near)?"
        } else {
            message += "; a study has \(Self.keys.joined(separator: ", "))"
        }
        return ConfigurationError(.unknownKey, key: key, source: .file(file, line: line), message: message)
    }

    private func distance(_ a: String, _ b: String) -> Int { Configuration.editDistance(a, b.lowercased()) }

    private func source(_ key: String) -> ConfigurationSource { .file(file, line: entries[key]?.line ?? 0) }

    /// The text of a single value; nil where the key is not there.
    func value(_ key: String) throws(ConfigurationError) -> String? {
        guard let entry = entries[key] else { return nil }
        if case .scalar(let scalar) = entry.value { return scalar.string }
        throw ConfigurationError(
            .wrongType, key: key, source: source(key),
            message: "\(key): found \(entry.value.kind), expected a single value")
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    func value<Value>(_ key: String, _ domain: Domain<Value>) throws(ConfigurationError) -> Value? {
        guard let text = try value(key) else { return nil }
        return try parse(text, key, domain)
    }

    func required<Value>(_ key: String, _ domain: Domain<Value>) throws(ConfigurationError) -> Value {
        guard let value = try value(key, domain) else { throw missing(key, domain.allowed) }
        return value
    }

    /// One value or several, none twice.
    func list<Value: Equatable>(
        _ key: String, _ domain: Domain<Value>
    ) throws(ConfigurationError) -> [Value] {
        guard let entry = entries[key] else { throw missing(key, "a list, each \(domain.allowed)") }
        var nodes = [entry.value]
        if case .sequence(let items) = entry.value { nodes = Array(items) }
        var found: [Value] = []
        for node in nodes {
            guard case .scalar(let scalar) = node else {
                throw ConfigurationError(
                    .wrongType, key: key, source: source(key),
                    message: "\(key): found \(node.kind) in the list; allowed is a list, each \(domain.allowed)")
            }
            let value = try parse(scalar.string, key, domain)
            guard !found.contains(value) else {
                throw ConfigurationError(
                    .outOfRange, key: key, source: source(key), message: "\(key): \(scalar.string) is there twice")
            }
            found.append(value)
        }
        guard !found.isEmpty else { throw missing(key, "a list, each \(domain.allowed)") }
        return found
    }

    private func missing(_ key: String, _ allowed: String) -> ConfigurationError {
        ConfigurationError(
            .outOfRange, key: key, source: source(key),
            message: "\(key): found nothing; a study needs it (\(allowed))")
    }

    private func parse<Value>(
        _ text: String, _ key: String, _ domain: Domain<Value>
    ) throws(ConfigurationError) -> Value {
        do {
            return try domain.parse(text)
        } catch {
            throw ConfigurationError(
                error == .wrongType ? .wrongType : .outOfRange, key: key, source: source(key),
                message: "\(key): \"\(text)\" is not allowed; allowed: \(domain.allowed)")
        }
    }

    /// Keys of runs in a section of the study; nil where it is not there.
    ///
    /// - Parameter refused: keys that stand at the head.
    func keys(_ key: String, _ refused: [String]) throws(ConfigurationError) -> Assignments? {
        guard let entry = entries[key] else { return nil }
        return try keys(entry.value, of: key, line: entry.line, refused)
    }

    private func keys(
        _ node: Node, of name: String, line: Int, _ refused: [String]
    ) throws(ConfigurationError) -> Assignments {
        let file = file
        let isEmpty = node.scalar.map { $0.string.trimmed.isEmpty || $0.string == "null" || $0.string == "~" } ?? false
        guard !isEmpty else { return Assignments() }
        guard case .mapping(let mapping) = node else {
            throw ConfigurationError(
                .wrongType, key: name, source: .file(file, line: line),
                message: "\(name): found \(node.kind), expected keys of the configuration such as preset: quick, or {}")
        }
        let found = try Assignments(mapping) { .file(file, line: $0) }
        for one in found.list where refused.contains(one.path) {
            throw ConfigurationError(
                .conflict, key: one.path, source: one.source,
                message:
                    "\(name): \(one.path) is the same for all runs of a study: it has \(Self.atHead(one.path)) for it")
        }
        return found
    }

    private static func atHead(_ path: String) -> String {
        switch path {
        case "seed": "seeds"
        case "data.path": "data"
        case "metrics.names": "metrics"
        case "metrics.every_kimg": "every_kimg"
        default: path
        }
    }

    func settings() throws(ConfigurationError) -> [Study.Setting] {
        guard let entry = entries["settings"] else { throw missing("settings", "a section with one for each name") }
        guard case .mapping(let mapping) = entry.value, !mapping.isEmpty, mapping.count <= Self.mostSettings else {
            let found = entry.value.mapping.map { "\($0.count) of them" } ?? entry.value.kind
            throw ConfigurationError(
                .wrongType, key: "settings", source: source("settings"),
                message:
                    "settings: found \(found), expected 1 to \(Self.mostSettings), each a name and its keys, such as"
                    + " fast: {optimizer.g_lr: 0.005}")
        }
        var settings: [Study.Setting] = []
        for (keyNode, value) in mapping {
            let line = keyNode.mark?.line ?? 0
            guard case .scalar(let scalar) = keyNode, Self.isName(scalar.string) else {
                let found = keyNode.scalar.map { "\"\($0.string.prefix(Self.longestName + 1))\"" } ?? keyNode.kind
                throw ConfigurationError(
                    .outOfRange, key: "settings", source: .file(file, line: line),
                    message: "settings: found \(found) where a name belongs, which is that of a folder: 1 to"
                        + " \(Self.longestName) letters, digits and . _ + = -, the first a letter or a digit")
            }
            settings.append(
                Study.Setting(
                    name: scalar.string, assignments: try keys(value, of: scalar.string, line: line, Study.given)))
        }
        return settings
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= longestName else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isWord(first) && text.utf8.allSatisfy { isWord($0) || "._+=-".utf8.contains($0) }
    }

    /// What the head of the file says of keys.
    ///
    /// - Parameters:
    ///   - keys: names in the file, and the keys that they are.
    ///   - metrics: names.
    func head(
        _ keys: [(name: String, path: String)], metrics: [String]
    ) throws(ConfigurationError) -> Assignments {
        var found = Assignments()
        for (name, path) in keys {
            guard let text = try value(name) else { continue }
            found.list.append(Assignment(path: path, text: text, source: source(name)))
        }
        found.list.append(
            Assignment(path: "metrics.names", text: metrics.joined(separator: ","), source: source("metrics")))
        return found
    }
}
