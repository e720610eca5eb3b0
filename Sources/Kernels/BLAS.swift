import COpenBLAS

func singleThreadedBLAS() { openblas_set_num_threads(1) }

/// Evaluated once, by whoever multiplies first: kernels may be called before `Workers.start`.
private let blasIsSingleThreaded: Void = singleThreadedBLAS()

/// One row-major product by one thread: c = alpha · op(a) · op(b) + beta · c.
///
/// op(a) is m×k, op(b) is k×n; `lda`, `ldb`, `ldc` are the distances of rows as stored.
@inline(__always)
func sgemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
    _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, _ beta: Float,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int
) {
    _ = blasIsSingleThreaded
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
}

/// Matrix products on all workers, each block of the result by one single-threaded product.
public enum MatrixProduct {
    /// c = alpha · op(a) · op(b) + beta · c, all row-major and contiguous.
    ///
    /// The blocks follow from the shape, so that the bits do not depend on the number of threads.
    ///
    /// - Parameters:
    ///   - a: [rows, depth], or [depth, rows] with `transposeA`.
    ///   - b: [depth, columns], or [columns, depth] with `transposeB`.
    ///   - c: [rows, columns]; not read when `beta` is 0.
    public static func multiply(
        _ a: BufferView, _ b: BufferView, into c: BufferView, rows: Int, columns: Int, depth: Int,
        transposeA: Bool = false, transposeB: Bool = false, alpha: Float = 1, beta: Float = 0
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .product(
                    rows: rows, columns: columns, depth: depth, transposeA: transposeA, transposeB: transposeB,
                    addsTo: beta != 0))
        }
        precondition(
            a.count == rows * depth && b.count == depth * columns && c.count == rows * columns,
            "MatrixProduct: \(rows)×\(depth) times \(depth)×\(columns) with \(a.count), \(b.count), \(c.count) elements"
        )
        multiply(
            a.pointer, b.pointer, into: c.pointer, rows: rows, columns: columns, depth: depth,
            transposeA: transposeA, transposeB: transposeB, alpha: alpha, beta: beta)
    }

    static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
        rows: Int, columns: Int, depth: Int, transposeA: Bool = false, transposeB: Bool = false, alpha: Float = 1,
        beta: Float = 0
    ) {
        guard rows > 0, columns > 0 else { return }
        // A million multiplications are some ten microseconds: below that, waking a worker costs more than it brings.
        let parts = max(1, min(64, rows * columns * depth / (1 << 20)))
        let lda = transposeA ? rows : depth
        let ldb = transposeB ? depth : columns
        if rows >= columns {
            let block = max(32, (rows + parts - 1) / parts + 15 & ~15)
            Workers.forEachRange(rows, grain: block) { range in
                sgemm(
                    transposeA, transposeB, range.count, columns, depth, alpha,
                    a + (transposeA ? range.lowerBound : range.lowerBound * lda), lda, b, ldb, beta,
                    c + range.lowerBound * columns, columns)
            }
        } else {
            let block = max(64, (columns + parts - 1) / parts + 15 & ~15)
            Workers.forEachRange(columns, grain: block) { range in
                sgemm(
                    transposeA, transposeB, rows, range.count, depth, alpha, a, lda,
                    b + (transposeB ? range.lowerBound * ldb : range.lowerBound), ldb, beta,
                    c + range.lowerBound, columns)
            }
        }
    }
}
