import Cluster
import Reporting

/// The names under which a step stands in `stats.jsonl`.
package enum StatsFields {
    /// What the phases measured, then norms, seconds and communication.
    package static func values(_ report: StepReport) -> [(String, Double)] {
        var fields: [(String, Double)] = report.statistics.map { ($0.name, $0.value) }
        for (key, norm) in report.gradientNorms.sorted(by: { $0.key.description < $1.key.description }) {
            fields.append(("gradient_norm/\(key)", norm))
            if let seconds = report.seconds[key] { fields.append(("seconds/\(key)", seconds)) }
        }
        fields.append(("seconds/optimizer", report.optimizerSeconds))
        fields.append(("seconds/average", report.averageSeconds))
        fields.append(("seconds/communication", report.communication.seconds))
        fields.append(("seconds/communication_not_hidden", report.communication.waitedSeconds))
        fields.append(("communication_bytes", Double(report.communication.bytes)))
        return fields
    }

    /// The mean since the last tick, and how many values were left out of it because they were no numbers.
    package static func json(_ summary: MovingStatistics.Summary) -> [JSONField] {
        let mean = JSONField(summary.name, summary.mean)
        return summary.notFinite == 0 ? [mean] : [mean, JSONField("\(summary.name)/not_finite", summary.notFinite)]
    }
}
