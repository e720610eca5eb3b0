/// What the metrics of features have in common.
enum FeatureMetrics {
    /// - Throws: ``EvaluationError`` where a set has fewer images than a metric is defined for.
    static func check(_ metric: String, _ sets: FeatureSet..., least: Int) throws {
        for set in sets where set.count < least {
            throw EvaluationError(
                "\(metric): found \(set.count) \(set.name) images, expected \(least) or more of each set")
        }
    }

    /// Numbers of real images are those of two sets without a common image.
    static func halves(_ real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.halves.0.count, real.halves.0.count)
    }
}
