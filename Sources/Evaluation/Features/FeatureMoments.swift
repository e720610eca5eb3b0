import Cluster
import Kernels

/// Mean and covariance of features, in double precision: Σ = E[xxᵀ] − μμᵀ, over all vectors and not over one fewer, as the
/// StyleGAN papers' code has it.
///
/// It is computed as E[(x − μ)(x − μ)ᵀ], which loses no digits where the mean is large. Each rank has some tiles of Σ, for
/// which all vectors travel to it.
final class FeatureMoments {
    let mean: [Double]
    /// [dimension, dimension]
    let covariance: [Double]
    /// The square root of the covariance, on rank 0, once it was needed.
    private var root: [Double]?

    private init(mean: [Double], covariance: [Double]) {
        (self.mean, self.covariance) = (mean, covariance)
    }

    /// Collective. Those of a set, found once.
    static func of(_ set: FeatureSet, _ communicator: any Communicator) throws -> FeatureMoments {
        if let known = set.found.moments { return known }
        let dimension = set.dimension
        guard dimension <= SymmetricMatrix.largest else {
            throw EvaluationError(
                "FID: found features of \(dimension) numbers, expected \(SymmetricMatrix.largest) or fewer")
        }
        let mean = try mean(of: set, communicator)
        let tiles = CovarianceTiles.count(dimension: dimension)
        var part = CovarianceTiles(
            mean: mean, tiles: ImageDeal.share(of: tiles, rank: communicator.rank, ranks: communicator.size))
        try set.forEachBlock(communicator) { _, values in part.add(values) }
        let all = try communicator.allGather(part.sums).flatMap { $0 }
        let covariance = CovarianceTiles.matrix(all, dimension: dimension).map { $0 / Double(set.count) }
        let moments = FeatureMoments(mean: mean, covariance: covariance)
        set.found.moments = moments
        return moments
    }

    /// Collective. That of a set, found once.
    static func mean(of set: FeatureSet, _ communicator: any Communicator) throws -> [Double] {
        if let known = set.found.mean { return known }
        var sums = [Double](repeating: 0, count: set.dimension)
        try set.forEachBlock(communicator) { _, values in
            let total = ColumnSums.of(values, columns: set.dimension)
            for i in sums.indices { sums[i] += total[i] }
        }
        let mean = sums.map { $0 / Double(set.count) }
        set.found.mean = mean
        return mean
    }

    /// Collective. ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½).
    ///
    /// tr((Σ₁Σ₂)^½) = tr((Σ₁^½ Σ₂ Σ₁^½)^½), whose matrix is symmetric: its eigenvalues are real, and what rounding leaves of
    /// them below 0 counts as 0. So singular covariances, of fewer images than dimensions, do no harm. Rank 0 computes it.
    ///
    /// - Throws: ``EvaluationError`` on all ranks alike where LAPACK finds no eigenvalues.
    func distance(_ other: FeatureMoments, _ communicator: any Communicator) throws -> Double {
        var own: [Double] = []
        if communicator.isRoot, let trace = rootTrace(other) {
            let size = mean.count
            var sum = 0.0
            for i in 0..<size {
                let difference = mean[i] - other.mean[i]
                sum += difference * difference
            }
            var traces = 0.0
            for i in 0..<size { traces += covariance[i * size + i] + other.covariance[i * size + i] }
            own = [max(0, sum + traces - 2 * trace)]
        }
        let found = try communicator.allGather(own).flatMap { $0 }
        guard let distance = found.first, distance.isFinite else {
            throw EvaluationError(
                "FID: no eigenvalues were found of the features' covariances: some features are far too large")
        }
        return distance
    }

    /// tr((Σ₁Σ₂)^½)
    private func rootTrace(_ other: FeatureMoments) -> Double? {
        let size = mean.count
        guard let root = root ?? SymmetricMatrix.squareRoot(covariance, size: size) else { return nil }
        self.root = root
        let product = SymmetricMatrix.product(
            SymmetricMatrix.product(root, other.covariance, size: size), root, size: size)
        // Rounding leaves it not quite symmetric.
        var symmetric = product
        for i in 0..<size {
            for j in 0..<i {
                let mean = (product[i * size + j] + product[j * size + i]) / 2
                symmetric[i * size + j] = mean
                symmetric[j * size + i] = mean
            }
        }
        return SymmetricMatrix.eigenvalues(symmetric, size: size)?.reduce(0) { $0 + max(0, $1).squareRoot() }
    }
}
