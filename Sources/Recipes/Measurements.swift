/// Something that a phase measures, by its name in `stats.jsonl`: one number, or several that belong together.
public struct Measure: Hashable, Sendable {
    public let name: String
    public let count: Int
    /// Whether it stands there; otherwise it is only followed.
    public let isReported: Bool

    public init(_ name: String, count: Int = 1, isReported: Bool = true) {
        self.name = name
        self.count = count
        self.isReported = isReported
    }
}

/// What one phase measured on one microbatch, as means over its samples; or their means over a batch.
///
/// They travel behind the gradients through the same summation tree, so that they too have the same bits on any
/// number of ranks.
public struct Measurements: Sendable {
    private var values: [Measure: [Float]] = [:]

    public init() {}

    /// Of one number; 0 where it was not measured.
    public subscript(measure: Measure) -> Float {
        get { values[measure]?.first ?? 0 }
        set { values[measure] = [newValue] }
    }

    /// Of several numbers; nil where they were not measured.
    public subscript(list measure: Measure) -> [Float]? {
        get { values[measure] }
        set { values[measure] = newValue }
    }

    /// All of them, by name.
    public var named: [String: [Float]] { Dictionary(uniqueKeysWithValues: values.map { ($0.key.name, $0.value) }) }

    /// Those that are not finite.
    public var notFinite: [Measure] {
        values.filter { !$0.value.allSatisfy(\.isFinite) }.keys.sorted { $0.name < $1.name }
    }

    /// The declared ones, one after another.
    public func flattened(_ measures: [Measure], of key: PhaseKey) -> [Float] {
        measures.flatMap { measure in
            guard let list = values[measure], list.count == measure.count else {
                preconditionFailure("phase \(key): has not measured \(measure.count) of \(measure.name)")
            }
            return list
        }
    }

    /// From the sum over `microbatches` of what `flattened` gave.
    public init(sum: [Float], _ measures: [Measure], microbatches: Int) {
        var place = 0
        for measure in measures {
            values[measure] = sum[place..<place + measure.count].map { $0 / Float(microbatches) }
            place += measure.count
        }
    }
}
