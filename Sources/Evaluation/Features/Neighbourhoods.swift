import Cluster
import Kernels

/// Balls around features, each as large as the distance to one of its nearest neighbours in its own set: a set's
/// neighbourhoods stand for the region that its images come from.
///
/// Distances decide as in double precision, see ``VectorBlock``: nothing depends on ranks, threads or processors. Each rank
/// has the balls around its own features, and the others travel to it; it keeps its part of a set twice meanwhile.
enum Neighbourhoods {
    /// Neighbours that are looked for.
    static let most = 5

    /// Of two sets, how many vectors of which lie in balls of which.
    struct Overlap {
        /// Of the second set's vectors, those in a closed ball around some vector of the first.
        var fakeInReal = 0
        /// Of the first set's, those in a closed ball around some vector of the second.
        var realInFake = 0
        /// Pairs of a vector of the second set and an open ball of the first that it lies in.
        var pairs = 0
        /// Of the first set's open balls, those with a vector of the second.
        var filled = 0
    }

    /// Collective. Squared distances of each vector from its nearest others, [count, ``most``], on all ranks.
    static func nearest(in set: FeatureSet, _ communicator: any Communicator) throws -> [Double] {
        if let known = set.found.neighbours { return known }
        let centre = try FeatureMoments.mean(of: set, communicator).map { Float($0) }
        let own = set.rows(of: communicator.rank)
        var parts = parts(of: set, communicator, centre: centre).map { rows, block in
            (rows: rows, nearest: NearestVectors(block, neighbours: most))
        }
        try set.forEachBlock(communicator) { rows, values in
            let others = VectorBlock(values, centre: centre)
            for index in parts.indices {
                let first = own.lowerBound + parts[index].rows.lowerBound
                parts[index].nearest.look(at: others, offset: first - rows.lowerBound)
            }
        }
        let all = try communicator.allGather(
            parts.flatMap { $0.nearest.squaredDistances }, total: set.count * most)
        set.found.neighbours = all
        return all
    }

    /// Collective. Of two sets, found once: closed balls reach up to precision's neighbour, open ones up to density's, or
    /// up to the last where a set has not so many.
    static func overlap(
        real: FeatureSet, fake: FeatureSet, _ communicator: any Communicator
    ) throws -> Overlap {
        if let known = fake.found.overlap, known.real === real { return known.overlap }
        let (closed, open) = (PrecisionRecall.neighbours, DensityCoverage.neighbours)
        func radii(_ distances: [Double], _ neighbour: Int) -> [Double] {
            stride(from: neighbour - 1, to: distances.count, by: most).map { distances[$0] }
        }
        let realNearest = try nearest(in: real, communicator)
        let fakeRadii = radii(try nearest(in: fake, communicator), closed)
        let (closedRadii, openRadii) = (radii(realNearest, closed), radii(realNearest, open))
        let centre = try FeatureMoments.mean(of: real, communicator).map { Float($0) }
        let first = real.rows(of: communicator.rank).lowerBound
        var parts = parts(of: real, communicator, centre: centre).map { rows, block in
            let places = first + rows.lowerBound..<first + rows.upperBound
            return BallCounts(block, closed: Array(closedRadii[places]), open: Array(openRadii[places]))
        }
        var isHit = [Bool](repeating: false, count: fake.count)
        try fake.forEachBlock(communicator) { rows, values in
            let others = VectorBlock(values, centre: centre)
            var marks = Array(isHit[rows])
            for index in parts.indices {
                parts[index].look(at: others, radii: Array(fakeRadii[rows]), isHit: &marks)
            }
            isHit.replaceSubrange(rows, with: marks)
        }
        let hits = try communicator.maximum(isHit.map { $0 ? 1 : 0 })
        let inside = parts.flatMap(\.inside)
        let own = [
            Double(parts.flatMap(\.isCovered).filter { $0 }.count), Double(inside.reduce(0, +)),
            Double(inside.filter { $0 > 0 }.count),
        ]
        // Whole numbers: their sums are exact.
        let sums = try communicator.allGather(own, total: 3 * communicator.size)
        func total(_ index: Int) -> Int {
            stride(from: index, to: sums.count, by: 3).reduce(0) { $0 + Int(sums[$1]) }
        }
        let overlap = Overlap(
            fakeInReal: hits.filter { $0 > 0 }.count, realInFake: total(0), pairs: total(1), filled: total(2))
        fake.found.overlap = (real, overlap)
        return overlap
    }

    /// A rank's own features in blocks, with their rows among them.
    private static func parts(
        of set: FeatureSet, _ communicator: any Communicator, centre: [Float]
    ) -> [(rows: Range<Int>, block: VectorBlock)] {
        let count = set.rows(of: communicator.rank).count
        return stride(from: 0, to: count, by: FeatureSet.blockSize).map { start in
            let rows = start..<min(count, start + FeatureSet.blockSize)
            let values = set.features.slice(start * set.dimension, rows.count * set.dimension)
            return (rows, VectorBlock(values, centre: centre))
        }
    }
}
