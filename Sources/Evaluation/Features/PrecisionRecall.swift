import Cluster

/// Improved precision and recall (arXiv 1904.06991, section 2): the share of generated images that lie in the real images'
/// region, and the share of real ones that lie in the generated images'. A set's region are balls around its features up to
/// the third nearest neighbour, border included. High precision is quality, high recall variety.
package struct PrecisionRecall {
    package static let neighbours = 3

    private let store: FeatureStore

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

extension PrecisionRecall: Metric {
    package static let name = "pr"
    package static let smallest = 1
    package static let least = neighbours + 1
    package static let needs: MetricNeeds = .features

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        let sets = (try store.features(of: real, communicator), try store.features(of: generated, communicator))
        let (precision, recall) = try Self.values(real: sets.0, fake: sets.1, communicator)
        return [
            MetricValue(
                part: "\(store.name)/precision", label: "precision (\(store.name))", value: precision, decimals: 4),
            MetricValue(part: "\(store.name)/recall", label: "recall (\(store.name))", value: recall, decimals: 4),
        ]
    }

    package func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(of: real.halves.1, real: real.halves.0, communicator: communicator)
    }

    package func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        FeatureMetrics.halves(real)
    }

    package static func lowerIsBetter(_ part: String?) -> Bool? { false }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 3) }
    }
}
