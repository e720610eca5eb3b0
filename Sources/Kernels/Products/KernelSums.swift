/// Sums over products of the vectors of two sets.
public enum KernelSums {
    /// Σ (p / scale + 1)³ over products p of two sets of vectors: the polynomial kernel of arXiv 1801.01401, section 4.
    ///
    /// In double precision, each row by itself and the rows in order.
    ///
    /// - Parameters:
    ///   - products: [rows, columns]
    ///   - leavesOutDiagonal: whether a vector's product with itself does not count.
    public static func cubes(
        _ products: BufferView, rows: Int, columns: Int, scale: Double, leavesOutDiagonal: Bool
    ) -> Double {
        precondition(
            products.count == rows * columns, "KernelSums: \(products.count) products, expected \(rows)×\(columns)")
        let source = products.pointer
        var sums = [Double](repeating: 0, count: rows)
        sums.withUnsafeMutableBufferPointer { sums in
            let (source, sums) = (source, sums)
            Workers.forEachRange(rows, grain: 32) { range in
                for row in range {
                    var sum = 0.0
                    for column in 0..<columns where !leavesOutDiagonal || row != column {
                        let value = Double(source[row * columns + column]) / scale + 1
                        sum += value * value * value
                    }
                    sums[row] = sum
                }
            }
        }
        return sums.reduce(0, +)
    }
}
