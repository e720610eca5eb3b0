/// Sums over the vectors of a block.
public enum ColumnSums {
    /// Σ over rows, in double precision and in their order.
    ///
    /// - Parameter rows: [N, columns]
    public static func of(_ rows: BufferView, columns: Int) -> [Double] {
        precondition(rows.count % columns == 0, "ColumnSums: \(rows.count) numbers in \(columns) columns")
        let (source, count) = (rows.pointer, rows.count / columns)
        var sums = [Double](repeating: 0, count: columns)
        sums.withUnsafeMutableBufferPointer { sums in
            let sums = sums
            Workers.forEachRange(columns, grain: 64) { range in
                for row in 0..<count {
                    for column in range { sums[column] += Double(source[row * columns + column]) }
                }
            }
        }
        return sums
    }
}
