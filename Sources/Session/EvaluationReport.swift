import Evaluation
import Failure
import Reporting

/// What `ganglion evaluate` found, as a table and as JSON; nothing in it depends on ranks and threads.
public struct EvaluationReport {
    let checkpoint: String
    let data: String
    let seed: UInt32
    let sets: EvaluatedSets
    let notes: [String]
    var findings: [Finding] = []

    /// Of one metric.
    struct Finding {
        let metric: String
        let generated: [MetricValue]
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
            .init("metric"), .init("generated", .right), .init("images", .right), .init("real", .right),
            .init("images", .right),
        ])
        for finding in findings {
            for (generated, real) in zip(finding.generated, finding.real) {
                table.add([
                    generated.label, NumberText.fixed(generated.value, generated.decimals), "\(sets.count)",
                    NumberText.fixed(real.value, real.decimals), "\(finding.realImages)",
                ])
            }
        }
        let size = "\(sets.resolution)×\(sets.resolution)×\(sets.channels)"
        let title = ["\(checkpoint) and \(data), images of \(size), seed \(seed)"]
        return ((title + notes).map { $0.visible() } + ["", table.text]).joined(separator: "\n")
    }

    /// One object, under the key `evaluate`.
    public var json: String {
        var fields: [JSONField] = [
            .init("checkpoint", checkpoint), .init("data", data), .init("seed", Int(seed)),
            .init("resolution", sets.resolution), .init("channels", sets.channels), .init("images", sets.count),
        ]
        for finding in findings {
            fields.append(
                .init(
                    finding.metric,
                    .object([
                        .init("generated", Self.value(finding.generated)), .init("real", Self.value(finding.real)),
                        .init(finding.counted, finding.count),
                    ])))
        }
        fields.append(.init("notes", .list(notes.map { .text($0) })))
        return JSONValue.object([.init("evaluate", .object(fields))]).json
    }

    /// One number, or an object of several.
    private static func value(_ values: [MetricValue]) -> JSONValue {
        if let only = values.first, only.part == nil { return .number(only.value) }
        return .object(values.map { .init($0.part ?? "value", $0.value) })
    }
}
