import Cluster

/// A metric of two sets' features. What it says of real images are its numbers of two sets without a common one.
package protocol FeatureSetMetric: PictureMetric {
    var store: FeatureStore { get }

    /// Collective.
    func values(real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator) throws -> [MetricValue]
}

extension FeatureSetMetric {
    package static var smallest: Int { 1 }
    package static var needs: MetricNeeds { .features }

    package func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        let sets = (try store.features(of: real, communicator), try store.features(of: generated, communicator))
        return try values(real: sets.0, fake: sets.1, communicator)
    }

    package func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(of: real.halves.1, real: real.halves.0, communicator: communicator)
    }

    package func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.halves.0.count, real.halves.0.count)
    }
}
