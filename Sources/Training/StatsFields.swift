import Cluster
import Reporting

/// The names under which a step's measurements stand in `stats.jsonl`.
package enum StatsFields {
    /// Losses that not every run has.
    package struct Losses: OptionSet, Sendable {
        package let rawValue: Int
        package static let ggdr = Losses(rawValue: 1)
        package static let gradientPenalty = Losses(rawValue: 2)
        package static let classifier = Losses(rawValue: 4)

        package init(rawValue: Int) { self.rawValue = rawValue }
    }

    package static func values(_ report: StepReport, _ losses: Losses) -> [(String, Double)] {
        var fields: [(String, Double)] = []
        if let g = report.measurements[.generatorMain] {
            fields.append(("loss/generator", Double(g[.generatorLoss])))
            if losses.contains(.classifier) { fields.append(("loss/class_generator", Double(g[.classLoss]))) }
        }
        if let g = report.measurements[.generatorRegularization] {
            fields.append(("loss/path_length", Double(g[.pathLengthPenalty])))
            fields.append(("path_length", Double(g[.pathLength])))
        }
        if let d = report.measurements[.discriminatorMain] {
            fields.append(("loss/discriminator", Double(d[.discriminatorFakeLoss] + d[.discriminatorRealLoss])))
            fields.append(("loss/discriminator_fake", Double(d[.discriminatorFakeLoss])))
            fields.append(("loss/discriminator_real", Double(d[.discriminatorRealLoss])))
            if losses.contains(.gradientPenalty) {
                fields.append(("loss/gradient_penalty", Double(d[.gradientPenalty])))
                fields.append(("gradient_norm/images", Double(d[.gradientNorm])))
            }
            if losses.contains(.classifier) {
                fields.append(("loss/class_discriminator", Double(d[.classLoss])))
            }
            if losses.contains(.ggdr) { fields.append(("loss/ggdr", Double(d[.ggdrLoss]))) }
            fields.append(("score/real", Double(d[.realScore])))
            fields.append(("score/real_sign", Double(d[.realSign])))
        }
        if let g = report.measurements[.generatorMain] { fields.append(("score/fake", Double(g[.fakeScore]))) }
        if let d = report.measurements[.discriminatorRegularization] {
            fields.append(("r1_penalty", Double(d[.r1Penalty])))
        }
        for phase in Phase.allCases {
            if let norm = report.gradientNorms[phase] { fields.append(("gradient_norm/\(phase.name)", norm)) }
            if let seconds = report.seconds[phase] { fields.append(("seconds/\(phase.name)", seconds)) }
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
