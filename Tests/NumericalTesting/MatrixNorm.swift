/// Norms of matrices, in Double.
public enum MatrixNorm {
    /// The largest singular value, by three hundred steps of power iteration.
    ///
    /// - Parameter columns: of the matrix, whose rows lie one after another.
    public static func largest(_ values: [Double], columns: Int) -> Double {
        let rows = values.count / columns
        func unit(_ x: [Double]) -> [Double] {
            let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / length }
        }
        var u = unit((0..<rows).map { 1 + Double($0 % 7) / 8 })
        var norm = 0.0
        for _ in 0..<300 {
            var v = [Double](repeating: 0, count: columns)
            for row in 0..<rows {
                for column in 0..<columns { v[column] += u[row] * values[row * columns + column] }
            }
            v = unit(v)
            let image = (0..<rows).map { row in
                (0..<columns).reduce(0) { $0 + v[$1] * values[row * columns + $1] }
            }
            norm = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
            u = unit(image)
        }
        return norm
    }
}
