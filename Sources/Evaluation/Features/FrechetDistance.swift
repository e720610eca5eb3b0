import Cluster

/// Fréchet distance of two Gaussians with the moments of real and of generated images' features (arXiv 1706.08500,
/// section 2): in those of Inception-v3 it is FID. Low where generated images are like real ones.
///
/// It is biased: of fewer images it is higher, and what it is of fewer images than features have numbers says little.
package struct FrechetDistance {
    package let store: FeatureStore

    package static func distance(_ a: FeatureSet, _ b: FeatureSet, _ communicator: any Communicator) throws -> Double {
        try FeatureMetrics.check("FID", a, b, least: 2)
        // The first's root is kept: it is the real set's.
        return try FeatureMoments.of(a, communicator).distance(FeatureMoments.of(b, communicator), communicator)
    }
}

extension FrechetDistance: FeatureSetMetric {
    package static let name = "fid"

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> [MetricValue] {
        return [
            MetricValue(
                part: store.name, label: "FID (\(store.name))",
                value: try Self.distance(real, fake, communicator), decimals: 3)
        ]
    }

    package func remarks(images: Int) -> [String] {
        images > store.dimension
            ? []
            : [
                "fid: \(images) images of a set are fewer than their \(store.dimension) features: it is far above that of "
                    + "more images"
            ]
    }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 2) }
    }
}
