import Cluster
import Kernels

/// Features of a set of images, of which each rank has a contiguous part.
///
/// Who computes from all of them sees them in blocks that do not depend on the number of ranks.
package final class FeatureSet {
    /// What errors call the images.
    let name: String
    let dimension: Int
    /// Of which there are probabilities; 0 without.
    let classes: Int
    /// The first row of each rank's part, and how many there are.
    let starts: [Int]
    /// [rows of this rank, dimension]
    let features: BufferView
    /// [rows of this rank, classes]
    let probabilities: BufferView
    /// What was found of the set, so that it need not be found twice.
    var found = FeatureFindings()

    /// Rows of a block; the last may have fewer.
    static let blockSize = 1024

    var count: Int { starts[starts.count - 1] }

    init(
        name: String, dimension: Int, classes: Int, starts: [Int], features: BufferView, probabilities: BufferView
    ) {
        precondition(
            dimension > 0 && starts.count > 1, "FeatureSet: \(dimension) dimensions on \(starts.count - 1) ranks")
        self.name = name
        self.dimension = dimension
        self.classes = classes
        self.starts = starts
        self.features = features
        self.probabilities = probabilities
    }

    /// A set of which all is known already: each rank keeps its part.
    ///
    /// - Parameters:
    ///   - features: [N, dimension]
    ///   - probabilities: [N, classes], or none.
    package convenience init(
        name: String, features: [Float], dimension: Int, probabilities: [Float] = [], classes: Int = 0,
        _ communicator: any Communicator
    ) {
        let count = features.count / dimension
        let starts = Self.starts(of: count, ranks: communicator.size)
        let own = starts[communicator.rank]..<starts[communicator.rank + 1]
        self.init(
            name: name, dimension: dimension, classes: classes, starts: starts,
            features: BufferView(Array(features[own.lowerBound * dimension..<own.upperBound * dimension])),
            probabilities: BufferView(Array(probabilities[own.lowerBound * classes..<own.upperBound * classes])))
    }

    /// Dealt as images are: by chunks.
    static func starts(of count: Int, ranks: Int) -> [Int] {
        let chunks = (count + ImageDeal.chunkSize - 1) / ImageDeal.chunkSize
        return (0...ranks).map { min(count, chunks * $0 / ranks * ImageDeal.chunkSize) }
    }

    /// The rows of a rank.
    func rows(of rank: Int) -> Range<Int> { starts[rank]..<starts[rank + 1] }

    /// The rows of the set's blocks.
    var blocks: [Range<Int>] {
        stride(from: 0, to: count, by: Self.blockSize).map { $0..<min(count, $0 + Self.blockSize) }
    }

    /// Collective. Calls `body` for every block of features in order, [rows, dimension].
    func forEachBlock(
        _ communicator: any Communicator, _ body: (_ rows: Range<Int>, _ values: BufferView) throws -> Void
    ) throws {
        try forEachBlock(of: features, width: dimension, communicator, body)
    }

    /// Collective. Calls `body` for every block of probabilities in order, [rows, classes].
    func forEachBlockOfProbabilities(
        _ communicator: any Communicator, _ body: (_ rows: Range<Int>, _ values: BufferView) throws -> Void
    ) throws {
        try forEachBlock(of: probabilities, width: classes, communicator, body)
    }

    private func forEachBlock(
        of own: BufferView, width: Int, _ communicator: any Communicator,
        _ body: (_ rows: Range<Int>, _ values: BufferView) throws -> Void
    ) throws {
        for block in blocks {
            if communicator.size == 1 {
                try body(block, own.slice(block.lowerBound * width, block.count * width))
                continue
            }
            let values = BufferView(count: block.count * width)
            for owner in 0..<communicator.size {
                let part = block.clamped(to: rows(of: owner))
                guard !part.isEmpty else { continue }
                let target = values.slice((part.lowerBound - block.lowerBound) * width, part.count * width)
                if owner == communicator.rank {
                    let first = part.lowerBound - starts[owner]
                    Elementwise.copy(own.slice(first * width, part.count * width), into: target)
                }
                try target.withUnsafeElements { try communicator.broadcast($0, from: owner) }
            }
            try body(block, values)
        }
    }

    /// Those of some rows, each rank's own among its own.
    ///
    /// - Parameter isKept: of a row's number; the same on all ranks.
    func subset(_ name: String, _ isKept: (Int) -> Bool, rank: Int) -> FeatureSet {
        var starts = [0]
        for rank in 0..<self.starts.count - 1 {
            starts.append(starts[rank] + rows(of: rank).reduce(0) { $0 + (isKept($1) ? 1 : 0) })
        }
        let own = rows(of: rank)
        let kept = own.filter(isKept)
        func taken(_ values: BufferView, _ width: Int) -> BufferView {
            let result = BufferView(count: kept.count * width)
            for (index, row) in kept.enumerated() {
                Elementwise.copy(
                    values.slice((row - own.lowerBound) * width, width), into: result.slice(index * width, width))
            }
            return result
        }
        return FeatureSet(
            name: name, dimension: dimension, classes: classes, starts: starts, features: taken(features, dimension),
            probabilities: classes > 0 ? taken(probabilities, classes) : BufferView(count: 0))
    }
}

/// What several numbers are made of.
struct FeatureFindings {
    var mean: [Double]?
    var moments: FeatureMoments?
    /// Squared distances from the nearest others, [count, ``Neighbourhoods/most``].
    var neighbours: [Double]?
    /// Beside which real features it was compared, and what was found.
    var overlap: (real: FeatureSet, overlap: Neighbourhoods.Overlap)?
}
