import Autodiff
import Glibc
import Layers

/// Where each position of a feature map looks in one image: rows of softmax(queries · keysᵀ) over the keys
/// (arXiv 1805.08318, equation 1).
public struct AttentionMaps: Sendable {
    /// Positions that look.
    public let queryGrid: (height: Int, width: Int)
    /// Positions that are looked at.
    public let keyGrid: (height: Int, width: Int)
    /// [L, d], row by row.
    private let queries: [Float]
    /// [M, d]
    private let keys: [Float]
    private let depth: Int

    /// - Parameter image: its number among those of the projections.
    public init(_ projections: AttentionProjections, image: Int) {
        let (queries, keys) = (projections.queries, projections.keys)
        precondition(
            queries.shape[2] == keys.shape[2] && image < queries.shape[0],
            "attention maps: image \(image) of queries \(queries.shape) and keys \(keys.shape)")
        queryGrid = projections.queryGrid
        keyGrid = projections.keyGrid
        depth = queries.shape[2]
        self.queries = queries.slice(axis: 0, start: image, length: 1).array
        self.keys = keys.slice(axis: 0, start: image, length: 1).array
    }

    /// How much a position takes of each key: row by row of the key grid, with the sum 1.
    public func map(row: Int, column: Int) -> [Float] {
        let query = queries[(row * queryGrid.width + column) * depth..<(row * queryGrid.width + column + 1) * depth]
        let scores = stride(from: 0, to: keys.count, by: depth).map { start in
            zip(query, keys[start..<start + depth]).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        }
        let most = scores.max() ?? 0
        let weights = scores.map { exp($0 - most) }
        let sum = weights.reduce(0, +)
        return weights.map { Float($0 / sum) }
    }
}
