import Kernels

extension Tensor {
    /// The matrix product op(a)·op(b) of two matrices.
    public static func product(
        _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
    ) -> Tensor {
        precondition(a.rank == 2 && b.rank == 2, "matrix product: shapes \(a.shape) and \(b.shape)")
        let rows = a.shape[transposeA ? 1 : 0]
        let depth = a.shape[transposeA ? 0 : 1]
        let columns = b.shape[transposeB ? 0 : 1]
        precondition(
            b.shape[transposeB ? 1 : 0] == depth,
            "matrix product: \(a.shape)\(transposeA ? "ᵀ" : "") times \(b.shape)\(transposeB ? "ᵀ" : "")")
        let out = BufferView(count: rows * columns)
        MatrixProduct.multiply(
            a.view, b.view, into: out, rows: rows, columns: columns, depth: depth, transposeA: transposeA,
            transposeB: transposeB)
        return Tape.record(
            [a, b], shape: [rows, columns], out, as: .product(transposeA: transposeA, transposeB: transposeB)
        ) { g in
            [
                g.wants[0]
                    ? (transposeA
                        ? .product(b, g.of, transposeA: transposeB, transposeB: true)
                        : .product(g.of, b, transposeB: !transposeB)) : nil,
                g.wants[1]
                    ? (transposeB
                        ? .product(g.of, a, transposeA: true, transposeB: transposeA)
                        : .product(a, g.of, transposeA: !transposeA)) : nil,
            ]
        }
    }

    /// The matrix products op(a[n])·op(b[n]) of two stacks of matrices.
    ///
    /// - Parameters:
    ///   - a: [N, rows, depth], or [N, depth, rows] with `transposeA`.
    ///   - b: [N, depth, columns], or [N, columns, depth] with `transposeB`.
    /// - Returns: [N, rows, columns]
    public static func products(
        _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
    ) -> Tensor {
        precondition(
            a.rank == 3 && b.rank == 3 && a.shape[0] == b.shape[0]
                && a.shape[transposeA ? 1 : 2] == b.shape[transposeB ? 2 : 1],
            "matrix products: shapes \(a.shape) and \(b.shape)")
        let shape = [a.shape[0], a.shape[transposeA ? 2 : 1], b.shape[transposeB ? 1 : 2]]
        let out = BufferView(count: shape.reduce(1, *))
        MatrixProduct.multiply(
            a.view, b.view, into: out, samples: shape[0], rows: shape[1], columns: shape[2],
            depth: a.shape[transposeA ? 1 : 2], transposeA: transposeA, transposeB: transposeB)
        return Tape.record(
            [a, b], shape: shape, out, as: .product(transposeA: transposeA, transposeB: transposeB)
        ) { g in
            [
                g.wants[0]
                    ? (transposeA
                        ? .products(b, g.of, transposeA: transposeB, transposeB: true)
                        : .products(g.of, b, transposeB: !transposeB)) : nil,
                g.wants[1]
                    ? (transposeB
                        ? .products(g.of, a, transposeA: true, transposeB: transposeA)
                        : .products(a, g.of, transposeA: !transposeA)) : nil,
            ]
        }
    }
}
