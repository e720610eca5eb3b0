/// What the metrics of features have in common.
enum FeatureMetrics {
    /// - Throws: ``EvaluationError`` where a set has fewer images than a metric is defined for.
    static func check(_ metric: String, _ sets: FeatureSet..., least: Int) throws {
        for set in sets where set.count < least {
            throw EvaluationError(
                "\(metric): found \(set.count) \(set.name) images, expected \(least) or more of each set")
        }
    }
}
