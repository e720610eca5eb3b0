import Evaluation
import Storage

/// Which metrics an evaluation of fields finds.
struct FieldMetricChoice {
    /// In the order in which all are listed.
    let metrics: [any FieldMetric.Type]
    /// What there is to say of those that are left out.
    let notes: [String]

    /// - Parameter asked: names; nil for all that fields of this size have.
    /// - Throws: ``DatasetError``: 64 where one that is asked for is not defined for such fields, 65 where there are too
    ///   few of them.
    init(asked: [String]?, sets: EvaluatedFields) throws {
        var (metrics, notes): ([any FieldMetric.Type], [String]) = ([], [])
        for metric in FieldMetrics.all where asked?.contains(metric.name) ?? true {
            let problem = metric.problem(height: sets.size.height, width: sets.size.width, channels: sets.channels)
            guard let problem else {
                metrics.append(metric)
                continue
            }
            guard asked == nil else { throw DatasetError.usage("--metrics \(metric.name): \(problem)") }
            notes.append("\(metric.name): \(problem); it is left out")
        }
        guard sets.halfCount >= 2 else {
            throw DatasetError.badData(
                "found \(sets.halfCount) samples in each half of the real ones, expected 2 or more: take more --images, or a "
                    + "larger data set")
        }
        (self.metrics, self.notes) = (metrics, notes)
    }

    /// - Throws: ``DatasetError`` (64) where a metric is asked for that samples of this kind do not have, with the reason,
    ///   and the metrics that there are.
    static func check(_ asked: [String]?, isPicture: Bool) throws {
        for name in asked ?? [] where (isPicture ? Metrics.named(name) : FieldMetrics.named(name)) == nil {
            throw DatasetError.usage(
                "--metrics: "
                    + (isPicture ? FieldMetrics.reasonAgainstPictures(name) : FieldMetrics.reasonAgainst(name)))
        }
    }
}
