import CKernels
import COpenBLAS

/// OpenBLAS, for processors whose vectors our own product is not written for.
enum BLAS {
    /// Evaluated once, by whoever multiplies first: threads are ours alone.
    private static let isSingleThreaded: Void = openblas_set_num_threads(1)

    /// Whether products are OpenBLAS's: its kernels for AVX2 and older are tuned by hand, ours come from a compiler that
    /// has half the registers there.
    static var isPreferred: Bool { KernelLevel.current < .avx512 }

    /// The kernels that OpenBLAS chose for this processor, such as "Haswell".
    static var core: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

    /// One thread's product c = op(a) · op(b), all row-major; `lda`, `ldb`, `ldc` are the distances of rows as stored.
    static func multiply(
        _ a: UnsafePointer<Float>, _ lda: Int, _ transposeA: Bool, _ b: UnsafePointer<Float>, _ ldb: Int,
        _ transposeB: Bool, into c: UnsafeMutablePointer<Float>, _ ldc: Int, rows: Int, columns: Int, depth: Int
    ) {
        _ = isSingleThreaded
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            blasint(rows), blasint(columns), blasint(depth), 1, a, blasint(lda), b, blasint(ldb), 0, c, blasint(ldc))
    }
}
