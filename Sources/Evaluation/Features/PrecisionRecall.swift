import Cluster

/// Improved precision and recall (arXiv 1904.06991, section 2): the share of generated images that lie in the real images'
/// region, and the share of real ones that lie in the generated images'. A set's region are balls around its features up to
/// the third nearest neighbour, border included. High precision is quality, high recall variety.
package struct PrecisionRecall {
    package static let neighbours = 3

    package let store: FeatureStore

    /// Collective.
    package static func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> (precision: Double, recall: Double) {
        try FeatureMetrics.check("precision and recall", real, fake, least: neighbours + 1)
        let overlap = try Neighbourhoods.overlap(real: real, fake: fake, communicator)
        return (
            Double(overlap.fakeInReal) / Double(fake.count), Double(overlap.realInFake) / Double(real.count)
        )
    }
}

extension PrecisionRecall: FeatureSetMetric {
    package static let name = "pr"
    package static let least = neighbours + 1

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> [MetricValue] {
        let (precision, recall) = try Self.values(real: real, fake: fake, communicator)
        return [store.value("precision", precision), store.value("recall", recall)]
    }

    package static func lowerIsBetter(_ part: String?) -> Bool? { false }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 3) }
    }
}
