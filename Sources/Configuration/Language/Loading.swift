import Failure

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension Configuration {
    /// The configuration that a preset, then a YAML file, then `key=value` overrides describe.
    ///
    /// - Parameters:
    ///   - preset: Name from `--preset`; without it the file's `preset:` counts, else `quick`.
    ///   - file: Path of a YAML file.
    ///   - overrides: Texts `key=value`; a later one wins.
    /// - Throws: ``ConfigurationError``.
    public static func load(
        preset: String? = nil, file: String? = nil, overrides: [String] = []
    ) throws(ConfigurationError) -> Configuration {
        var yaml = Assignments()
        if let file {
            yaml = try Assignments(yaml: try contents(of: file)) { .file(file, line: $0) }
        }
        return try assemble(preset: preset, file: yaml, overrides: overrides)
    }

    /// The configuration that a YAML text describes, for example the one stored in a checkpoint.
    public static func parse(
        yaml text: String, name: String = "configuration", overrides: [String] = []
    ) throws(ConfigurationError) -> Configuration {
        try assemble(
            preset: nil, file: try Assignments(yaml: text) { .file(name, line: $0) }, overrides: overrides)
    }

    /// The configuration that another version may have stored in a checkpoint: keys that are new have the values of its
    /// preset, keys that are gone are told and left out.
    ///
    /// - Parameter name: of the checkpoint.
    /// - Returns: the configuration, and the keys that this version does not know, with their values.
    /// - Throws: ``ConfigurationError`` with exit code 65.
    public static func parseStored(
        yaml text: String, name: String
    ) throws(ConfigurationError) -> (configuration: Configuration, unknown: [(key: String, value: String)]) {
        var known = try Assignments(yaml: text) { .checkpoint(name, line: $0) }
        let unknown = known.list.filter { key($0.path) == nil }
        known.list.removeAll { key($0.path) == nil }
        return (try assemble(preset: nil, file: known, overrides: []), unknown.map { ($0.path, $0.text) })
    }

    /// - Parameter preset: wins over that of the file.
    static func assemble(
        preset: String?, file: Assignments, overrides: [String]
    ) throws(ConfigurationError) -> Configuration {
        let set = try Assignments(overrides: overrides)
        let option = preset.map { Assignment(path: "preset", text: $0, source: .option("--preset \($0)")) }
        let start = set.last("preset") ?? option ?? file.last("preset")

        var configuration = Preset.quick.configuration
        if let start, let key = key("preset") {
            try key.set(start.text, in: &configuration, source: start.source)
            configuration = configuration.preset.configuration
        }
        let name = configuration.preset.rawValue
        var sources: [String: ConfigurationSource] = [:]
        for assignment in file.list + set.list where assignment.path != "preset" {
            try known(assignment).set(assignment.text, in: &configuration, source: assignment.source)
            sources[assignment.path] = assignment.source
        }
        for list in [file.list, set.list] {
            try checkSupervision(list)
            try checkCondition(list)
        }
        let inFile = file.list.filter { if case .file = $0.source { true } else { false } }
        configuration.explicitKeys = ExplicitKeys(Set(set.list.map(\.path)), inFile: Set(inFile.map(\.path)))
        try configuration.checkCombinations { sources[$0] ?? .preset(name) }
        try configuration.checkTables(sources)
        return configuration
    }

    private static func known(_ assignment: Assignment) throws(ConfigurationError) -> Key {
        if let key = key(assignment.path) { return key }
        var message = "unknown key \(assignment.path)"
        if sections.contains(assignment.path) {
            message = "\(assignment.path) is a section, not a value"
        } else if let near = nearestKey(to: assignment.path) {
            message += "; did you mean \(near)?"
        } else {
            message += "; `ganglion train --help` lists all keys"
        }
        throw ConfigurationError(.unknownKey, key: assignment.path, source: assignment.source, message: message)
    }

    /// The text of a YAML file.
    static func contents(of path: String) throws(ConfigurationError) -> String {
        try requireFile(FileKind(at: path), path)
        // A FIFO that took the file's place meanwhile must not make us wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        guard let stream = fdopen(descriptor, "r") else {
            let code = errno
            close(descriptor)
            throw unreadable(path, code)
        }
        defer { fclose(stream) }
        try requireFile(FileKind(of: descriptor), path)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, stream)
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= YAMLText.largest else { throw YAMLText.tooLarge(.file(path, line: 0)) }
        }
        guard ferror(stream) == 0 else { throw unreadable(path, errno) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Parameter kind: nil where the system cannot tell, with the reason in `errno`.
    private static func requireFile(_ kind: FileKind?, _ path: String) throws(ConfigurationError) {
        guard let kind else { throw unreadable(path, errno) }
        guard let problem = kind.problem else { return }
        throw ConfigurationError(
            .noFile, key: "", source: .file(path, line: 0), message: "cannot read the configuration: it \(problem)")
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ConfigurationError {
        ConfigurationError(
            .missingFile, key: "", source: .file(path, line: 0),
            message: "cannot read the configuration: \(String(cString: strerror(code)))")
    }
}
