/// Settings to compare, each trained over several seeds: what the file of a study says.
public struct Study: Sendable {
    /// One of the settings that are compared.
    public struct Setting: Sendable {
        /// The name of its folder, too.
        public let name: String
        let assignments: Assignments

        /// What it has other than the base, as `key=value`.
        public var changes: [String] { assignments.texts }
    }

    /// The path of the file.
    public let file: String
    /// A title.
    public let name: String
    /// Folder of the data set.
    public let data: String
    /// Folder of the runs, of the table and of the picture.
    public let out: String
    /// Different ones, in the order in which they are run.
    public let seeds: [UInt64]
    /// Metrics, or values of them as `metrics.jsonl` names them; the first decides.
    public let metrics: [String]
    /// Minutes of training after which settings are compared, ascending; none for the time of the shortest run.
    public let minutes: [Double]
    /// Of each run.
    public let ranks: Int
    /// Of each rank; nil for its share of the cores.
    public let threads: Int?
    /// Runs that go on at a time.
    public let beside: Int
    /// In the order of the file.
    public let settings: [Setting]
    /// What runs share: of the head of the file, and its base.
    private let head: Assignments
    private let base: Assignments

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` with file and line; whether a setting can be trained shows only in its
    ///   ``configuration(of:seed:)``.
    public init(file: String) throws(ConfigurationError) {
        try self.init(yaml: Configuration.contents(of: file), file: file)
    }

    /// - Parameter file: the name of the text.
    public init(yaml text: String, file: String) throws(ConfigurationError) {
        let reading = try StudyReading(text, file: file)
        self.file = file
        data = try reading.required("data", StudyReading.path)
        out = try reading.required("out", StudyReading.path)
        name = try reading.value("name", StudyReading.path) ?? Self.stem(file)
        seeds = try reading.list("seeds", .integer(0...UInt64.max))
        metrics = try reading.list("metrics", .metricKey)
        minutes =
            reading.has("at_minutes") ? try reading.list("at_minutes", .positive(upTo: 10_000_000)).sorted() : []
        ranks = try reading.value("ranks", .integer(1...65_536)) ?? 1
        threads = try reading.value("threads", .auto(.integer(1...1024)))?.given
        beside = try reading.value("beside", .integer(1...1024)) ?? 1
        base = try reading.keys("base", Self.given + ["kimg"]) ?? Assignments()
        settings = try reading.settings()
        head = try reading.head(
            [("data", "data.path"), ("kimg", "kimg"), ("every_kimg", "metrics.every_kimg"), ("threads", "threads")],
            metrics: Self.names(of: metrics))
    }

    /// Keys that stand at the head of a study, and nowhere else in it.
    static let given = ["seed", "threads", "data.path", "metrics.names", "metrics.every_kimg"]

    /// Of which values are asked for.
    private static func names(of metrics: [String]) -> [String] {
        var seen = Set<String>()
        return metrics.map { String($0.prefix { $0 != "/" }) }.filter { seen.insert($0).inserted }
    }

    /// "rates" of "studies/rates.yaml".
    private static func stem(_ file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// What all settings have in common, as `key=value`.
    public var common: [String] { base.texts }

    /// All keys of a run, later ones before earlier ones of the same name.
    private func assignments(of setting: Setting, seed: UInt64) -> Assignments {
        var all = Assignments()
        for one in head.list + base.list + setting.assignments.list {
            // Either batch is in the other's place.
            let batches = ["batch", "batch_per_rank"]
            all.list.removeAll { $0.path == one.path || batches.contains($0.path) && batches.contains(one.path) }
            all.list.append(one)
        }
        all.list.append(Assignment(path: "seed", text: "\(seed)", source: .file(file, line: 0)))
        return all
    }

    /// The configuration of a run.
    ///
    /// - Throws: ``ConfigurationError`` with file and line.
    public func configuration(of setting: Setting, seed: UInt64) throws(ConfigurationError) -> Configuration {
        try Configuration.assemble(preset: nil, file: assignments(of: setting, seed: seed), overrides: [])
    }

    /// The words after `ganglion` that train a run of that configuration; the threads are for whoever starts it to give.
    public func words(of setting: Setting, seed: UInt64, run: String) -> [String] {
        let options = ["data.path": "--data", "preset": "--preset", "kimg": "--kimg", "seed": "--seed"]
        let all = assignments(of: setting, seed: seed).list.filter { $0.path != "threads" }
        let named = all.filter { options[$0.path] != nil }.flatMap { [options[$0.path] ?? "", $0.text] }
        let others = all.filter { options[$0.path] == nil }.flatMap { ["--set", "\($0.path)=\($0.text)"] }
        return ["train", "--run", run] + named + others
    }
}

extension Assignments {
    /// As `key=value`.
    var texts: [String] { list.map { "\($0.path)=\($0.text)" } }
}
