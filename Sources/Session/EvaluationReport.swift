import Evaluation
import Failure
import Reporting

/// What `ganglion evaluate` found, as a table and as JSON; nothing in it depends on ranks and threads but the seconds.
public struct EvaluationReport {
    let checkpoint: String
    let data: String
    let seed: UInt32
    /// Samples of each set.
    let count: Int
    /// 64×64×3
    let sizeText: String
    /// What JSON says of the samples' size and number.
    let size: [JSONField]
    /// What tables call the samples.
    let kind: String
    package internal(set) var notes: [String]
    package internal(set) var findings: [Finding] = []
    /// In whose features; nil where no metric looked at any.
    var extractor: Extractor?
    /// Nil likewise.
    var seconds: Seconds?

    /// Of pictures.
    init(checkpoint: String, data: String, seed: UInt32, sets: EvaluatedSets, notes: [String]) {
        (self.checkpoint, self.data, self.seed, self.notes) = (checkpoint, data, seed, notes)
        count = sets.count
        sizeText = "\(sets.resolution)×\(sets.resolution)×\(sets.channels)"
        size = [
            .init("resolution", sets.resolution), .init("channels", sets.channels), .init("images", sets.count),
        ]
        kind = "images"
    }

    /// Of fields.
    init(checkpoint: String, data: String, seed: UInt32, fields sets: EvaluatedFields, notes: [String]) {
        (self.checkpoint, self.data, self.seed, self.notes) = (checkpoint, data, seed, notes)
        count = sets.count
        sizeText = "\(sets.size.height)×\(sets.size.width)×\(sets.channels)"
        size = [
            .init("height", sets.size.height), .init("width", sets.size.width), .init("channels", sets.channels),
            .init("channel_names", .list(sets.real.channels.map { .text($0.name) })), .init("samples", sets.count),
        ]
        kind = "fields"
    }

    /// Whose features were looked at.
    struct Extractor {
        let path: String
        let name: String
        let title: String
        let identity: String
    }

    /// What it took on rank 0.
    struct Seconds {
        let generation: Double
        let features: Double
        let all: Double

        /// Whatever is neither: the metrics' own algebra, and reading.
        var algebra: Double { max(0, all - generation - features) }
    }

    /// Of one metric.
    package struct Finding {
        package let metric: String
        package let generated: [MetricValue]
        /// What real images give.
        let real: [MetricValue]
        /// What of them are counted, and how many there are.
        let counted: String
        let count: Int
        let realImages: Int
    }

    /// A table, below what the user should know.
    public var text: String {
        var table = TableFormatter([
            .init("metric"), .init("generated", .right), .init(kind, .right), .init("real", .right),
            .init(kind, .right),
        ])
        for finding in findings {
            for (index, generated) in finding.generated.enumerated() {
                var cells = [
                    generated.label, NumberText.fixed(generated.value, generated.decimals), "\(count)", "", "",
                ]
                if finding.real.indices.contains(index) {
                    let real = finding.real[index]
                    cells[3] = NumberText.fixed(real.value, real.decimals)
                    cells[4] = "\(finding.realImages)"
                }
                table.add(cells)
            }
        }
        let title = ["\(checkpoint) and \(data), \(kind) of \(sizeText), seed \(seed)"]
        let features = extractor.map { ["features: \($0.title) (\($0.path))"] } ?? []
        let time = seconds.map { seconds in
            func text(_ value: Double) -> String { NumberText.fixed(value, 1) }
            return
                "\n\(text(seconds.all)) s: \(text(seconds.generation)) generation, \(text(seconds.features)) features, "
                + "\(text(seconds.algebra)) algebra and reading"
        }
        return ((title + features + notes).map { $0.visible() } + ["", table.text] + [time].compactMap { $0 })
            .joined(separator: "\n")
    }

    /// One object, under the key `evaluate`.
    public var json: String {
        var fields: [JSONField] = [
            .init("checkpoint", checkpoint), .init("data", data), .init("seed", Int(seed)),
        ]
        fields += size
        if let extractor {
            fields.append(
                .init(
                    "features",
                    .object([
                        .init("file", extractor.path), .init("name", extractor.name), .init("title", extractor.title),
                        .init("identity", extractor.identity),
                    ])))
        }
        for finding in findings {
            var values: [JSONField] = [.init("generated", Self.value(finding.generated))]
            if !finding.real.isEmpty {
                values.append(.init("real", Self.value(finding.real)))
                values.append(.init(finding.counted, finding.count))
            }
            fields.append(.init(finding.metric, .object(values)))
        }
        fields.append(.init("notes", .list(notes.map { .text($0) })))
        if let seconds {
            fields.append(
                .init(
                    "seconds",
                    .object([
                        .init("generation", seconds.generation), .init("features", seconds.features),
                        .init("algebra", seconds.algebra), .init("all", seconds.all),
                    ])))
        }
        return JSONValue.object([.init("evaluate", .object(fields))]).json
    }

    /// One number, or an object of several.
    private static func value(_ values: [MetricValue]) -> JSONValue {
        if let only = values.first, only.part == nil { return .number(only.value) }
        return .object(values.map { .init($0.part ?? "value", $0.value) })
    }
}
