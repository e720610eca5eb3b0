import Cluster

/// Density and coverage (arXiv 2002.09797, section 3): how many balls around real images a generated one lies in, over how
/// many it would lie in were it real; and the share of real images with a generated one in their ball. Balls reach up to the
/// fifth nearest real neighbour, border excluded. Unlike precision and recall they are not led astray by single outliers.
package struct DensityCoverage {
    package static let neighbours = 5

    package let store: FeatureStore

    /// Collective.
    package static func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> (density: Double, coverage: Double) {
        try FeatureMetrics.check("density and coverage", real, fake, least: neighbours + 1)
        let overlap = try Neighbourhoods.overlap(real: real, fake: fake, communicator)
        return (
            Double(overlap.pairs) / Double(neighbours * fake.count), Double(overlap.filled) / Double(real.count)
        )
    }
}

extension DensityCoverage: FeatureSetMetric {
    package static let name = "dc"
    package static let least = neighbours + 1

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> [MetricValue] {
        let (density, coverage) = try Self.values(real: real, fake: fake, communicator)
        return [store.value("density", density), store.value("coverage", coverage)]
    }

    package static func lowerIsBetter(_ part: String?) -> Bool? { false }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.last.map { ($0.label, $0.value, 3) }
    }
}
