import COpenBLAS
import Glibc

/// OpenBLAS's matrix product: the yardstick of ours, and what algebra in double precision is made of. Nothing that trains
/// calls it, since its results hang on its version and on the processor that it takes this one for.
package enum OpenBLAS {
    /// Evaluated once, by whoever multiplies first: threads are ours alone.
    static let isReady: Void = {
        openblas_set_num_threads(1)
        // What else it would choose has wider vectors than our level may use, or narrower ones. A user's choice wins.
        guard getenv("OPENBLAS_CORETYPE") == nil, cblas_can_choose() != 0 else { return }
        switch KernelLevel.current {
        case .avx512: break
        case .avx2: cblas_choose("Haswell")
        case .sse2: cblas_choose("Prescott")
        }
    }()

    /// The kernels that products run as, such as "Haswell".
    package static var core: String {
        _ = isReady
        return openblas_get_corename().map { String(cString: $0) } ?? "unknown"
    }

    /// What ``MatrixProduct/multiply(_:_:into:rows:columns:depth:transposeA:transposeB:)`` computes, likewise in blocks
    /// that follow from the shape.
    package static func multiply(
        _ a: BufferView, _ b: BufferView, into c: BufferView, rows: Int, columns: Int, depth: Int,
        transposeA: Bool = false, transposeB: Bool = false
    ) {
        _ = isReady
        let parts = max(1, min(64, rows * columns * depth / (1 << 20)))
        let (lda, ldb) = (transposeA ? rows : depth, transposeB ? depth : columns)
        let (ap, bp, cp) = (a.pointer, b.pointer, c.pointer)
        /// One thread's part.
        func multiply(_ rowRange: Range<Int>, _ columnRange: Range<Int>) {
            cblas_sgemm(
                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                blasint(rowRange.count), blasint(columnRange.count), blasint(depth), 1,
                ap + rowRange.lowerBound * (transposeA ? 1 : lda), blasint(lda),
                bp + columnRange.lowerBound * (transposeB ? ldb : 1), blasint(ldb), 0,
                cp + rowRange.lowerBound * columns + columnRange.lowerBound, blasint(columns))
        }
        if rows >= columns {
            let grain = max(32, MatrixProduct.part(rows, parts, multipleOf: 16))
            Workers.forEachRange(rows, grain: grain) { multiply($0, 0..<columns) }
        } else {
            let grain = max(64, MatrixProduct.part(columns, parts, multipleOf: 16))
            Workers.forEachRange(columns, grain: grain) { multiply(0..<rows, $0) }
        }
    }
}
