/// What the runs of a study have measured.
public struct StudyResults: Sendable {
    public struct Point: Sendable, Equatable {
        /// Thousands of images after which it was asked for; the step that shows them may show a few more.
        public var kimg: Double
        public var seconds: Double?
        public var values: [String: Double]

        public init(kimg: Double, seconds: Double?, values: [String: Double]) {
            self.kimg = kimg
            self.seconds = seconds
            self.values = values
        }
    }

    public struct Run: Sendable {
        public var points: [Point]
        /// That of the end; nil where the run is not done, or has none.
        public var final: Point?
        /// Of training in all; nil where the run is not done, or it is not known.
        public var seconds: Double?

        public init(points: [Point], final: Point? = nil, seconds: Double? = nil) {
            self.points = points
            self.final = final
            self.seconds = seconds
        }
    }

    public struct Setting: Sendable {
        public var name: String
        /// `key=value`
        public var changes: [String]
        /// One a seed; of those that have begun.
        public var runs: [Run]

        public init(name: String, changes: [String], runs: [Run]) {
            self.name = name
            self.changes = changes
            self.runs = runs
        }
    }

    /// A value that is compared.
    public struct Value: Sendable, Equatable {
        /// As `metrics.jsonl` names it.
        public var key: String
        /// Nil where neither a small nor a large one is good in itself.
        public var lowerIsBetter: Bool?

        public init(_ key: String, lowerIsBetter: Bool?) {
            self.key = key
            self.lowerIsBetter = lowerIsBetter
        }
    }

    public var title: String
    /// On what, and how: sentences.
    public var facts: [String]
    /// `key=value` of all settings.
    public var common: [String]
    /// In each setting.
    public var seeds: Int
    /// In the order of the study's file.
    public var settings: [Setting]
    /// The first decides. Empty where nothing has been measured.
    public var values: [Value]
    /// After which settings are compared; none for the time of the shortest run that is done.
    public var minutes: [Double]
    public var problems: [String]

    public init(
        title: String, facts: [String] = [], common: [String] = [], seeds: Int, settings: [Setting], values: [Value],
        minutes: [Double] = [], problems: [String] = []
    ) {
        self.title = title
        self.facts = facts
        self.common = common
        self.seeds = seeds
        self.settings = settings
        self.values = values
        self.minutes = minutes
        self.problems = problems
    }
}

extension StudyResults {
    /// From the best to the worst by the first value at the end; those without one last, in the file's order.
    var ranking: [Setting] {
        guard let first = values.first else { return settings }
        let sign = first.lowerIsBetter == false ? -1.0 : 1
        let scored = settings.enumerated().map { place, setting in
            (setting, setting.final(first.key).map { $0.mean * sign } ?? .infinity, place)
        }
        return scored.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map(\.0)
    }

    /// Seconds of training after which settings are compared.
    var moments: [Double] {
        guard minutes.isEmpty else { return minutes.map { $0 * 60 } }
        let shortest = settings.flatMap(\.runs).compactMap(\.seconds).min()
        return settings.count > 1 ? shortest.map { [$0] } ?? [] : []
    }

    /// Thousands of images at which any run was measured.
    var places: [Double] { Set(settings.flatMap(\.runs).flatMap(\.points).map(\.kimg)).sorted() }
}

extension StudyResults.Setting {
    /// At the end of the runs that are done.
    func final(_ key: String) -> Spread? { Spread(runs.compactMap { $0.final?.values[key] }) }

    /// The best that the runs that are done have measured.
    func best(_ value: StudyResults.Value) -> Spread? {
        guard let lower = value.lowerIsBetter else { return nil }
        return Spread(
            runs.filter { $0.final != nil }.compactMap { run in
                let all = run.points.compactMap { $0.values[value.key] }
                return lower ? all.min() : all.max()
            })
    }

    /// After so many thousand images.
    func value(_ key: String, atKimg kimg: Double) -> Spread? {
        Spread(runs.compactMap { run in run.points.last { $0.kimg == kimg }?.values[key] })
    }

    /// After so many seconds of training, between two measurements by a straight line; of the runs that came so far.
    func value(_ key: String, atSeconds seconds: Double) -> Spread? {
        Spread(runs.compactMap { $0.value(key, atSeconds: seconds) })
    }

    /// Of training.
    var seconds: Spread? { Spread(runs.compactMap(\.seconds)) }
}

extension StudyResults.Run {
    func value(_ key: String, atSeconds wanted: Double) -> Double? {
        let known = points.compactMap { point in
            point.seconds.flatMap { seconds in point.values[key].map { (seconds: seconds, value: $0) } }
        }
        // Where it is the end of the run, rounding must not leave it beyond.
        let tolerance = 1e-9 * wanted
        guard let first = known.first, let last = known.last, wanted >= first.seconds - tolerance,
            wanted <= last.seconds + tolerance
        else { return nil }
        guard let next = known.firstIndex(where: { $0.seconds >= wanted }) else { return last.value }
        guard next > 0 else { return first.value }
        let (a, b) = (known[next - 1], known[next])
        guard b.seconds > a.seconds else { return b.value }
        return a.value + (b.value - a.value) * (wanted - a.seconds) / (b.seconds - a.seconds)
    }
}

/// Mean and standard deviation of a value over seeds.
struct Spread: Equatable {
    let mean: Double
    /// Of a sample: n − 1; nil for one value.
    let deviation: Double?
    let count: Int

    /// Nil for no values.
    init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
        self.mean = mean
        count = values.count
        deviation =
            count > 1
            ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot() : nil
    }
}
