import COpenBLAS

/// Part of Σ (x − μ)(x − μ)ᵀ over vectors x that come block by block, in double precision: some tiles of its upper
/// triangle.
///
/// A tile is one thread's work, and its sum goes from block to block in their order: whoever has it finds the same bits.
public struct CovarianceTiles {
    /// Rows and columns of a tile; the last ones have fewer.
    private static let side = 128

    private let mean: [Double]
    /// Which of all tiles.
    private let tiles: Range<Int>
    /// [tiles, side, side]
    public private(set) var sums: [Double]

    /// Tiles of the whole triangle.
    public static func count(dimension: Int) -> Int {
        let lines = (dimension + side - 1) / side
        return lines * (lines + 1) / 2
    }

    /// - Parameters:
    ///   - mean: μ
    ///   - tiles: some of 0 ..< ``count(dimension:)``.
    public init(mean: [Double], tiles: Range<Int>) {
        precondition(
            tiles.lowerBound >= 0 && tiles.upperBound <= Self.count(dimension: mean.count),
            "CovarianceTiles: \(tiles) of \(mean.count) dimensions")
        self.mean = mean
        self.tiles = tiles
        sums = [Double](repeating: 0, count: tiles.count * Self.side * Self.side)
    }

    /// Adds vectors.
    ///
    /// - Parameter rows: [N, dimension]; N numbers of blocks that are cut alike give equal bits.
    public mutating func add(_ rows: BufferView) {
        let dimension = mean.count
        precondition(rows.count % dimension == 0, "CovarianceTiles: \(rows.count) numbers of \(dimension) dimensions")
        guard rows.count > 0, !tiles.isEmpty else { return }
        _ = OpenBLAS.isReady
        let count = rows.count / dimension
        let source = rows.pointer
        let mean = mean
        let places = tiles.map { Self.place($0, dimension: dimension) }
        var centred = [Double](repeating: 0, count: rows.count)
        centred.withUnsafeMutableBufferPointer { centred in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let x = centred.baseAddress, let c = sums.baseAddress else { return }
                Workers.forEachRange(count, grain: 64) { range in
                    for row in range {
                        for i in 0..<dimension {
                            x[row * dimension + i] = Double(source[row * dimension + i]) - mean[i]
                        }
                    }
                }
                Workers.forEach(places.count) { tile in
                    let (i, j) = places[tile]
                    cblas_dgemm(
                        CblasRowMajor, CblasTrans, CblasNoTrans, blasint(min(Self.side, dimension - i)),
                        blasint(min(Self.side, dimension - j)), blasint(count), 1, x + i, blasint(dimension), x + j,
                        blasint(dimension), 1, c + tile * Self.side * Self.side, blasint(Self.side))
                }
            }
        }
    }

    /// The whole matrix, [dimension, dimension], of the sums of all tiles in order.
    public static func matrix(_ sums: [Double], dimension: Int) -> [Double] {
        let tiles = count(dimension: dimension)
        precondition(
            sums.count == tiles * side * side, "CovarianceTiles: \(sums.count) sums of \(dimension) dimensions")
        var matrix = [Double](repeating: 0, count: dimension * dimension)
        for tile in 0..<tiles {
            let (top, left) = place(tile, dimension: dimension)
            for i in top..<min(top + side, dimension) {
                // Of a tile on the diagonal the upper half counts for both.
                for j in max(left, i)..<max(left, i, min(left + side, dimension)) {
                    let value = sums[(tile * side + i - top) * side + j - left]
                    matrix[i * dimension + j] = value
                    matrix[j * dimension + i] = value
                }
            }
        }
        return matrix
    }

    /// Where a tile begins.
    private static func place(_ tile: Int, dimension: Int) -> (row: Int, column: Int) {
        let lines = (dimension + side - 1) / side
        var (line, rest) = (0, tile)
        while rest >= lines - line {
            rest -= lines - line
            line += 1
        }
        return (line * side, (line + rest) * side)
    }
}
