import COpenBLAS

/// Symmetric matrices in double precision, row-major [size, size].
///
/// Products are cut by shape into parts of one thread each, and LAPACK runs on the calling thread alone: results do not
/// depend on the number of threads.
public enum SymmetricMatrix {
    /// What LAPACK counts its memory with has 32 bits.
    public static let largest = 16_384

    /// Eigenvalues, in ascending order; nil where they are not found, as of a matrix that holds what is not finite.
    public static func eigenvalues(_ matrix: [Double], size: Int) -> [Double]? {
        var copy = matrix
        return decompose(&copy, size: size, vectors: false)
    }

    /// The square root that is symmetric and has no negative eigenvalue, of a matrix that has none but for rounding: what
    /// lies below 0 counts as 0. Nil where eigenvalues are not found.
    public static func squareRoot(_ matrix: [Double], size: Int) -> [Double]? {
        var vectors = matrix
        guard let values = decompose(&vectors, size: size, vectors: true) else { return nil }
        // λ^¼ v, a row each: the sum of their squares is Σ λ^½ v vᵀ.
        vectors.withUnsafeMutableBufferPointer { rows in
            for (row, value) in values.enumerated() {
                let factor = max(0, value).squareRoot().squareRoot()
                for i in row * size..<(row + 1) * size { rows[i] *= factor }
            }
        }
        return product(vectors, vectors, size: size, transposeFirst: true)
    }

    /// a·b, or aᵀ·b.
    public static func product(
        _ a: [Double], _ b: [Double], size: Int, transposeFirst: Bool = false
    ) -> [Double] {
        precondition(
            a.count == size * size && b.count == size * size,
            "SymmetricMatrix: a product of \(a.count) and \(b.count) numbers, expected \(size)×\(size)")
        _ = OpenBLAS.isReady
        var c = [Double](repeating: 0, count: size * size)
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                c.withUnsafeMutableBufferPointer { c in
                    guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
                    let (first, second, target) = (a, b, c)
                    Workers.forEachRange(size, grain: 64) { rows in
                        cblas_dgemm(
                            CblasRowMajor, transposeFirst ? CblasTrans : CblasNoTrans, CblasNoTrans,
                            blasint(rows.count), blasint(size), blasint(size), 1,
                            first + rows.lowerBound * (transposeFirst ? 1 : size), blasint(size), second, blasint(size),
                            0, target + rows.lowerBound * size, blasint(size))
                    }
                }
            }
        }
        return c
    }

    /// - Parameter matrix: with `vectors` left as the eigenvectors, a row each.
    private static func decompose(_ matrix: inout [Double], size: Int, vectors: Bool) -> [Double]? {
        precondition(
            size > 0 && size <= largest && matrix.count == size * size,
            "SymmetricMatrix: \(matrix.count) numbers, expected \(size)×\(size), at most \(largest) rows")
        // LAPACK may search for ever in what is not finite.
        guard matrix.allSatisfy(\.isFinite) else { return nil }
        _ = OpenBLAS.isReady
        let n = blasint(size)
        var values = [Double](repeating: 0, count: size)
        // Sizes by its documentation.
        let workSize = vectors ? 1 + 6 * size + 2 * size * size : 2 * size + 1
        let integerSize = vectors ? 3 + 5 * size : 1
        var work = [Double](repeating: 0, count: workSize)
        var integers = [blasint](repeating: 0, count: integerSize)
        var info: blasint = 0
        var (count, stride, room, integerRoom) = (n, n, blasint(workSize), blasint(integerSize))
        dsyevd_(
            vectors ? "V" : "N", "U", &count, &matrix, &stride, &values, &work, &room, &integers, &integerRoom, &info,
            1, 1)
        return info == 0 ? values : nil
    }
}
