import Kernels
import Randomness

/// The centres that k-means begins with (k-means++, Arthur and Vassilvitskii, SODA 2007): the first any vector, each that
/// follows one drawn in proportion to its distance from the nearest before it. Between unit vectors 1 − cos is half of the
/// squared Euclidean distance that the method speaks of.
enum KMeansStart {
    /// Unit vectors, [clusters, dimension].
    static func centres(_ units: UnitVectors, _ settings: KMeans.Settings, beginning: Int) -> [Float] {
        let draws = Philox4x32(key: settings.seed ^ 0x6B6D_6561_6E73_0000)
        func uniform(_ cluster: Int) -> Double {
            let words = draws(UInt32(cluster), UInt32(beginning), 0, 0)
            return Double(UInt64(words[0]) << 21 ^ UInt64(words[1] >> 11)) * 0x1p-53
        }
        var remaining = units.hasDirection.map { $0 ? 1.0 : 0 }
        var centres: [Float] = []
        for cluster in 0..<settings.clusters {
            guard let place = drawn(remaining, at: uniform(cluster)) else {
                // No direction is left: a copy of the first is never the first of those that are equally near.
                centres += centres.isEmpty ? units[0].array : Array(centres[..<units.dimension])
                continue
            }
            let vector = units[place]
            centres += vector.array
            let others = distances(units, units.nearest(of: vector).cosines)
            remaining = cluster == 0 ? others : zip(remaining, others).map { min($0, $1) }
        }
        return centres
    }

    /// 1 − cos; 0 where that is no more than rounding makes, and of vectors without direction, which are no centres.
    static func distances(_ units: UnitVectors, _ cosines: [Float]) -> [Double] {
        zip(units.hasDirection, cosines).map { hasDirection, cosine in
            let distance = 1 - Double(cosine)
            return hasDirection && distance > KMeans.least ? distance : 0
        }
    }

    /// The place that a number from 0 to below 1 comes to, each as likely as its weight; nil where all weights are 0.
    private static func drawn(_ weights: [Double], at share: Double) -> Int? {
        let total = weights.reduce(0, +)
        guard total > 0 else { return nil }
        var rest = share * total
        var last: Int?
        for (place, weight) in weights.enumerated() where weight > 0 {
            if rest < weight { return place }
            rest -= weight
            last = place
        }
        return last
    }
}
