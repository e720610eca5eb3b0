import Kernels

/// Clusters of vectors by their directions: k-means with the cosine distance 1 − cos (Dhillon and Modha, Machine Learning
/// 42, 2001), which is how features are compared in arXiv 2207.13320.
///
/// Vectors count by their direction alone; a centre is the direction of its cluster's sum, which is where the cluster's
/// mean distance is least. Each beginning is that of k-means++ (Arthur and Vassilvitskii, SODA 2007), and of several the
/// one that ends with the least mean distance is kept. Draws are pure functions of the seed, and all sums have one order:
/// the same whatever the number of threads.
///
/// A vector of zeros has no direction: it is at a distance of 1 from everything, no centre follows it, and it is counted
/// to the first cluster.
public struct KMeans: Sendable {
    /// What a fit is asked for.
    public struct Settings: Sendable {
        /// 1 to ``KMeans/mostClusters``.
        public var clusters: Int
        public var seed: UInt64
        /// Of which the best is kept.
        public var beginnings = 4
        /// Steps after which a beginning is left as it is; most are settled long before.
        public var mostSteps = 100

        public init(clusters: Int, seed: UInt64 = 0) {
            self.clusters = clusters
            self.seed = seed
        }
    }

    public static let mostClusters = 256

    public let clusters: Int
    public let dimension: Int
    /// The mean distance from the nearest centre, before each step of the beginning that was kept; they never rise.
    public let distances: [Double]
    /// Whether the last step changed nothing.
    public let isSettled: Bool
    /// Unit vectors, [clusters, dimension]. Of clusters that nothing was left for, copies of others.
    private let centres: [Float]

    /// Vectors that differ by less are the same: rounding makes as much.
    static let least = 1e-5

    /// Fits clusters to vectors. Where fewer directions than clusters are among them, some clusters stay empty.
    ///
    /// - Parameters:
    ///   - vectors: [N, dimension], N at least 1.
    ///   - name: of the vectors, for errors.
    /// - Throws: ``EvaluationError`` of a vector that is not finite.
    public init(_ vectors: BufferView, dimension: Int, settings: Settings, name: String) throws {
        precondition(
            vectors.count >= dimension && (1...Self.mostClusters).contains(settings.clusters)
                && settings.beginnings > 0 && settings.mostSteps > 0,
            "KMeans: \(settings) of \(vectors.count) numbers")
        let units = try Self.units(vectors, dimension: dimension, name: name)
        func fitted(_ beginning: Int) -> Self {
            Self(units, from: KMeansStart.centres(units, settings, beginning: beginning), settings)
        }
        var best = fitted(0)
        for beginning in 1..<settings.beginnings {
            let other = fitted(beginning)
            if other.distance < best.distance { best = other }
        }
        self = best
    }

    /// Moves given centres instead.
    ///
    /// - Parameter centres: [clusters, dimension], of any lengths but 0.
    package init(_ vectors: BufferView, dimension: Int, centres: [Float], name: String) throws {
        let units = try Self.units(vectors, dimension: dimension, name: name)
        let directions = try Self.units(BufferView(centres), dimension: dimension, name: name)
        let settings = Settings(clusters: directions.count)
        self.init(units, from: (0..<directions.count).flatMap { directions[$0].array }, settings)
    }

    /// The mean distance from the nearest centre at the end.
    public var distance: Double { distances.last ?? 0 }

    /// Which cluster each vector belongs to, whether the fit has seen it or not.
    ///
    /// - Parameter vectors: [N, dimension]
    /// - Throws: ``EvaluationError`` of a vector that is not finite.
    public func assign(_ vectors: BufferView, name: String) throws -> [UInt8] {
        let centres = BufferView(centres)
        var numbers: [UInt8] = []
        numbers.reserveCapacity(vectors.count / dimension)
        for start in stride(from: 0, to: vectors.count, by: Self.block * dimension) {
            let part = vectors.slice(start, min(Self.block * dimension, vectors.count - start))
            numbers += try Self.units(part, dimension: dimension, name: name).nearest(of: centres).numbers
        }
        return numbers
    }

    /// Vectors whose directions are held at once.
    private static let block = 1 << 14

    private static func units(_ vectors: BufferView, dimension: Int, name: String) throws -> UnitVectors {
        let units = UnitVectors(vectors, dimension: dimension)
        guard units.firstNotFinite == nil else {
            throw EvaluationError("\(name): found numbers that are not finite, which belong to no cluster")
        }
        return units
    }

    private init(_ units: UnitVectors, from start: [Float], _ settings: Settings) {
        var centres = start
        var numbers: [UInt8] = []
        var distances: [Double] = []
        var isSettled = false
        for step in 0..<settings.mostSteps {
            let nearest = units.nearest(of: BufferView(centres))
            distances.append(nearest.cosines.reduce(0) { $0 + (1 - Double($1)) } / Double(units.count))
            isSettled = nearest.numbers == numbers
            // The last centres are those that the last distance was measured from.
            if isSettled || step == settings.mostSteps - 1 { break }
            numbers = nearest.numbers
            centres = Self.moved(centres, units, nearest)
        }
        (clusters, dimension) = (settings.clusters, units.dimension)
        (self.centres, self.distances, self.isSettled) = (centres, distances, isSettled)
    }

    /// Each centre in the direction of its cluster's sum; those of empty clusters at the vectors farthest from all centres.
    private static func moved(_ old: [Float], _ units: UnitVectors, _ nearest: UnitVectors.Nearest) -> [Float] {
        let dimension = units.dimension
        let clusters = old.count / dimension
        let sums = units.sums(by: nearest.numbers, groups: clusters)
        var centres = old
        var isUsed = [Bool](repeating: false, count: clusters)
        for (number, isDirected) in zip(nearest.numbers, units.hasDirection) where isDirected {
            isUsed[Int(number)] = true
        }
        for cluster in 0..<clusters where isUsed[cluster] {
            let range = cluster * dimension..<(cluster + 1) * dimension
            let length = sums[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Where its vectors cancel out, any direction is as good as another.
            if length > least { centres.replaceSubrange(range, with: sums[range].map { Float($0 / length) }) }
        }
        var remaining = KMeansStart.distances(units, nearest.cosines)
        for cluster in 0..<clusters where !isUsed[cluster] {
            guard let farthest = remaining.indices.max(by: { remaining[$0] < remaining[$1] }), remaining[farthest] > 0
            else { break }
            let vector = units[farthest]
            centres.replaceSubrange(cluster * dimension..<(cluster + 1) * dimension, with: vector.array)
            let others = KMeansStart.distances(units, units.nearest(of: vector).cosines)
            remaining = zip(remaining, others).map { min($0, $1) }
        }
        return centres
    }
}
