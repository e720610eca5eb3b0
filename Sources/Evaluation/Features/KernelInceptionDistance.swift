import Cluster
import Kernels
import Randomness

/// Which features a subset consists of.
package protocol SubsetDraws {
    /// Numbers of `size` of `count` features, none twice.
    ///
    /// - Parameter number: of the subset.
    func subset(_ set: ComparedSet, number: Int, size: Int, of count: Int) -> [Int]
}

/// Draws that are pure functions of a seed.
struct CounterSubsets: SubsetDraws {
    let seed: UInt64

    func subset(_ set: ComparedSet, number: Int, size: Int, of count: Int) -> [Int] {
        let order = EpochPermutation(
            count: count, seed: seed ^ 0x7375_6273_6574_7300, epoch: UInt64(2 * number) + UInt64(set.rawValue))
        return (0..<size).map { order[$0] }
    }
}

/// Kernel Inception distance (arXiv 1801.01401, section 4): the squared maximum mean discrepancy of real and generated
/// features with the kernel (xᵀy / d + 1)³, d their dimension, by its unbiased estimator: the mean over 100 subsets of 1000
/// features of each set, or of all there are where there are fewer. It may be a little below 0 where sets are alike.
///
/// Products are in single precision, their sums in double. Subsets are dealt to the ranks.
package struct KernelInceptionDistance {
    /// As the StyleGAN papers' code has them.
    package static let subsets = 100
    package static let subsetSize = 1000

    let draws: any SubsetDraws
    /// Bytes for subsets at a time, where they suffice for one.
    let memory: Int
    /// Nil where sets of features are given to it.
    private var features: FeatureStore?

    package init(draws: any SubsetDraws, memory: Int = 1 << 27) {
        self.draws = draws
        self.memory = memory
    }

    /// Collective.
    package func distance(
        real: FeatureSet, fake: FeatureSet, subsets: Int = subsets, size: Int = subsetSize,
        _ communicator: any Communicator
    ) throws -> Double {
        try FeatureMetrics.check("KID", real, fake, least: 2)
        let size = min(size, real.count, fake.count)
        let dimension = real.dimension
        let atOnce = max(1, memory / (2 * size * dimension * MemoryLayout<Float>.stride))
        let shares = (0..<communicator.size).map {
            ImageDeal.share(of: subsets, rank: $0, ranks: communicator.size)
        }
        let own = shares[communicator.rank]
        let rounds = ((shares.map(\.count).max() ?? 0) + atOnce - 1) / atOnce
        var estimates: [Double] = []
        for round in 0..<rounds {
            let numbers = Array(own.dropFirst(round * atOnce).prefix(atOnce))
            let pairs = try [(ComparedSet.real, real), (.fake, fake)].map { which, set in
                try gather(
                    numbers.map { draws.subset(which, number: $0, size: size, of: set.count) }, of: set, communicator)
            }
            for (x, y) in zip(pairs[0], pairs[1]) {
                estimates.append(Self.estimate(y, x, size: size, dimension: dimension))
            }
        }
        let all = try communicator.allGather(estimates, total: subsets)
        return all.reduce(0, +) / Double(subsets)
    }

    /// Collective. The features of these rows of a set, [size, dimension] for each list.
    private func gather(
        _ lists: [[Int]], of set: FeatureSet, _ communicator: any Communicator
    ) throws -> [BufferView] {
        let targets = lists.map { BufferView(count: $0.count * set.dimension) }
        // By row, where they go.
        var places: [[(list: Int, place: Int)]] = Array(repeating: [], count: set.count)
        for (list, rows) in lists.enumerated() {
            for (place, row) in rows.enumerated() { places[row].append((list, place)) }
        }
        try set.forEachBlock(communicator) { rows, values in
            for row in rows {
                let source = values.slice((row - rows.lowerBound) * set.dimension, set.dimension)
                for (list, place) in places[row] {
                    Elementwise.copy(source, into: targets[list].slice(place * set.dimension, set.dimension))
                }
            }
        }
        return targets
    }

    /// Σ_{i≠j} [k(xᵢ, xⱼ) + k(yᵢ, yⱼ)] / (m (m − 1)) − 2 Σ k(xᵢ, yⱼ) / m²
    private static func estimate(_ x: BufferView, _ y: BufferView, size: Int, dimension: Int) -> Double {
        let products = BufferView(count: size * size)
        func sum(_ a: BufferView, _ b: BufferView, leavesOutDiagonal: Bool) -> Double {
            MatrixProduct.multiply(
                a, b, into: products, rows: size, columns: size, depth: dimension, transposeB: true)
            return KernelSums.cubes(
                products, rows: size, columns: size, scale: Double(dimension), leavesOutDiagonal: leavesOutDiagonal)
        }
        let own = sum(x, x, leavesOutDiagonal: true) + sum(y, y, leavesOutDiagonal: true)
        let m = Double(size)
        return own / (m * (m - 1)) - 2 * sum(x, y, leavesOutDiagonal: false) / (m * m)
    }
}

extension KernelInceptionDistance: FeatureSetMetric {
    package static let name = "kid"

    package init(_ context: MetricContext) throws {
        self.init(draws: CounterSubsets(seed: context.seed), memory: context.memory)
        features = try context.store(for: Self.self)
    }

    package var store: FeatureStore {
        guard let features else { preconditionFailure("KID: no features") }
        return features
    }

    package func values(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> [MetricValue] {
        let value = try distance(real: real, fake: fake, communicator)
        return [MetricValue(part: store.name, label: "KID (\(store.name))", value: value, decimals: 5)]
    }

    package func remarks(images: Int) -> [String] {
        images >= Self.subsetSize
            ? [] : ["kid: \(Self.subsets) subsets of all \(images) images instead of \(Self.subsetSize)"]
    }

    package static func brief(_ values: [MetricValue]) -> (title: String, value: Double, decimals: Int)? {
        values.first.map { ($0.label, $0.value, 5) }
    }
}
