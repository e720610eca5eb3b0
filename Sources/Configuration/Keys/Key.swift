extension Configuration {
    /// One key of the YAML file: everything that reads, writes, checks or explains it goes through here.
    public struct Key: Sendable {
        /// The name with dots, as in `--set loss.r1_gamma=1`.
        public let path: String
        /// What kind of value.
        public let type: String
        /// Which values are allowed.
        public let allowed: String
        /// One line.
        public let help: String
        /// Whether it may differ from rank to rank.
        public let isPerRank: Bool

        let form: KeyForm
        let read: @Sendable (Configuration) -> String?
        let write: @Sendable (inout Configuration, String) throws(ValueProblem) -> Void

        init<Value>(
            _ path: String, _ property: any WritableKeyPath<Configuration, Value> & Sendable, _ domain: Domain<Value>,
            _ help: String, isPerRank: Bool = false
        ) {
            self.init(
                path, type: domain.type, allowed: domain.allowed, help, isPerRank: isPerRank, form: domain.form,
                read: { domain.write($0[keyPath: property]) },
                write: { configuration, text throws(ValueProblem) in
                    configuration[keyPath: property] = try domain.parse(text)
                })
        }

        init(
            _ path: String, type: String, allowed: String, _ help: String, isPerRank: Bool = false,
            form: KeyForm = .single,
            read: @escaping @Sendable (Configuration) -> String?,
            write: @escaping @Sendable (inout Configuration, String) throws(ValueProblem) -> Void
        ) {
            self.path = path
            self.type = type
            self.allowed = allowed
            self.help = help
            self.isPerRank = isPerRank
            self.form = form
            self.read = read
            self.write = write
        }

        /// The value as it is written in YAML; nil where the key says nothing, as `batch_per_rank` beside `batch`.
        public func value(in configuration: Configuration) -> String? {
            read(configuration)
        }

        /// Sets the value from its text.
        ///
        /// - Throws: ``ConfigurationError``, which names the key, the text, what is allowed, and the source.
        public func set(
            _ text: String, in configuration: inout Configuration, source: ConfigurationSource
        ) throws(ConfigurationError) {
            do {
                try write(&configuration, text)
            } catch {
                switch error {
                case .wrongType:
                    throw ConfigurationError(
                        .wrongType, key: path, source: source,
                        message: "\(path): \"\(text)\" is no \(type); allowed: \(allowed)")
                case .outOfRange:
                    throw ConfigurationError(
                        .outOfRange, key: path, source: source,
                        message: "\(path): \(text.isEmpty ? "\"\"" : text) is not allowed; allowed: \(allowed)")
                }
            }
        }
    }

    /// The key with that path.
    public static func key(_ path: String) -> Key? {
        keys.first { $0.path == path }
    }

    /// Sections of the YAML file in their order: `data`, `model`, …
    static let sections: [String] = keys.reduce(into: []) { sections, key in
        guard let dot = key.path.firstIndex(of: ".") else { return }
        let section = String(key.path[..<dot])
        if sections.last != section { sections.append(section) }
    }
}
