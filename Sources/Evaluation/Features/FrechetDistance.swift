import Cluster

/// Fréchet distance of two Gaussians with the moments of real and of generated images' features (arXiv 1706.08500,
/// section 2): in those of Inception-v3 it is FID. Low where generated images are like real ones.
///
/// It is biased: of fewer images it is higher, and what it is of fewer images than features have numbers says little.
package struct FrechetDistance {
    private let store: FeatureStore

    package static func distance(_ a: FeatureSet, _ b: FeatureSet, _ communicator: any Communicator) throws -> Double {
        try FeatureMetrics.check("FID", a, b, least: 2)
        // The first's root is kept: it is the real set's.
        return try FeatureMoments.of(a, communicator).distance(FeatureMoments.of(b, communicator), communicator)
    }
}

extension FrechetDistance: Metric {
    package static let name = "fid"
    package static let smallest = 1
    package static let needs: MetricNeeds = .features

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        let sets = (try store.features(of: real, communicator), try store.features(of: generated, communicator))
        return [
            MetricValue(
                part: store.name, label: "FID (\(store.name))",
                value: try Self.distance(sets.0, sets.1, communicator), decimals: 3)
        ]
    }

    package func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(of: real.halves.1, real: real.halves.0, communicator: communicator)
    }

    package func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        FeatureMetrics.halves(real)
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
