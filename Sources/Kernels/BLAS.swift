import CKernels
import COpenBLAS
import Glibc

/// OpenBLAS, for processors whose vectors our own product is not written for.
enum BLAS {
    /// Evaluated once, by whoever multiplies first: threads are ours alone.
    private static let isSingleThreaded: Void = openblas_set_num_threads(1)

    /// Whether products are OpenBLAS's: its kernels for AVX2 and older are tuned by hand, ours come from a compiler that
    /// has half the registers there.
    static var isPreferred: Bool { KernelLevel.current < .avx512 }

    /// The kernels that OpenBLAS chose for this processor, such as "Haswell".
    static var core: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

    /// The kernels that a user has asked for; what we choose ourselves does not count.
    static let asked: String? = getenv("OPENBLAS_CORETYPE").map { String(cString: $0) }

    /// The kernels that products run as at a level.
    ///
    /// OpenBLAS would choose by the processor, and takes new ones for others: one level would have many results. So the
    /// level decides, unless a user does.
    static func core(at level: KernelLevel) -> String {
        if let asked { return asked }
        guard cblas_can_choose() != 0, level < .avx512 else { return core }
        return level == .avx2 ? "Haswell" : "Prescott"
    }

    /// To be called before the first product.
    static func choose(for level: KernelLevel) {
        let wanted = core(at: level)
        guard asked == nil, wanted != core else { return }
        cblas_choose(wanted)
    }

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
