import Cluster
import Foundation

/// Inception score (arXiv 1606.03498, section 4): exp E[KL(p(y|x) ‖ p(y))] of an extractor's class probabilities, over ten
/// parts of the set; high where each image is of a clear class, and the classes are many. It looks at no real images.
package struct InceptionScore {
    package static let splits = 10

    private let store: FeatureStore

    /// Collective. Mean and standard deviation over the parts.
    package static func scores(
        of set: FeatureSet, splits: Int = splits, _ communicator: any Communicator
    ) throws -> (mean: Double, deviation: Double) {
        try FeatureMetrics.check("Inception score", set, least: splits)
        let classes = set.classes
        var parts = (0..<splits).map { _ in Part(classes: classes) }
        try set.forEachBlockOfProbabilities(communicator) { rows, values in
            values.withUnsafeElements { values in
                for row in rows {
                    // Part i has the rows from i·count/splits on.
                    let part = ((row + 1) * splits - 1) / set.count
                    let first = (row - rows.lowerBound) * classes
                    parts[part].add((first..<first + classes).map { Double(values[$0]) })
                }
            }
        }
        let scores = parts.map(\.score)
        let mean = scores.reduce(0, +) / Double(splits)
        let variance = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(splits)
        return (mean, variance.squareRoot())
    }

    /// Sums over a part of the set.
    private struct Part {
        private var count = 0
        /// Of each class's probability.
        private var sums: [Double]
        /// Of Σ p log p.
        private var negentropy = 0.0

        init(classes: Int) { sums = [Double](repeating: 0, count: classes) }

        mutating func add(_ probabilities: [Double]) {
            count += 1
            for (i, p) in probabilities.enumerated() where p > 0 {
                sums[i] += p
                negentropy += p * log(p)
            }
        }

        /// E[Σ p log p] − Σ p̄ log p̄ is the mean divergence from p̄.
        var score: Double {
            var divergence = negentropy / Double(count)
            for sum in sums where sum > 0 {
                let mean = sum / Double(count)
                divergence -= mean * log(mean)
            }
            return exp(divergence)
        }
    }
}

extension InceptionScore: PictureMetric {
    package static let name = "is"
    package static let smallest = 1
    package static let least = splits
    package static let needs: MetricNeeds = [.features, .probabilities]

    package init(_ context: MetricContext) throws { store = try context.store(for: Self.self) }

    package func values(
        of generated: ImageSource, real: ImageSource, communicator: any Communicator
    ) throws -> [MetricValue] {
        let (mean, deviation) = try Self.scores(of: store.features(of: generated, communicator), communicator)
        let label = "Inception score (\(store.name))"
        return [
            MetricValue(part: store.name, label: label, value: mean, decimals: 3),
            MetricValue(part: "\(store.name)/deviation", label: "\(label), deviation", value: deviation, decimals: 3),
        ]
    }

    package func values(ofReal real: RealImages, communicator: any Communicator) throws -> [MetricValue] {
        try values(of: real.all, real: real.all, communicator: communicator)
    }

    package func counts(ofReal real: RealImages) -> (name: String, count: Int, images: Int) {
        ("real_images", real.all.count, real.all.count)
    }

    package static func lowerIsBetter(_ part: String?) -> Bool? { part?.hasSuffix("/deviation") == true ? nil : false }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 2) }
    }
}
