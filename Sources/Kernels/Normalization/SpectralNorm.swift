import CKernels

/// Passes over a matrix that spectral normalisation takes (arXiv 1802.05957, algorithm 1), on all workers. Sums do not
/// depend on their number.
public enum SpectralNorm {
    /// y = W·x
    ///
    /// - Parameters:
    ///   - w: [rows, columns]
    ///   - x: [columns]
    ///   - y: [rows], overwritten.
    public static func product(_ w: BufferView, _ x: BufferView, into y: BufferView) {
        let (rows, columns) = (y.count, x.count)
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.spectralNormProduct, rows, count: columns, passes: 1)) }
        check(w, rows, columns)
        let (wp, xp, yp) = (w.pointer, x.pointer, y.pointer)
        Workers.forEachRange(rows, grain: grain(columns)) { range in
            let first = range.lowerBound
            ck_matrix_vector(wp + first * columns, xp, yp + first, Int64(range.count), Int64(columns))
        }
    }

    /// y = Wᵀ·x
    ///
    /// - Parameters:
    ///   - w: [rows, columns]
    ///   - x: [rows]
    ///   - y: [columns], overwritten.
    public static func transposedProduct(_ w: BufferView, _ x: BufferView, into y: BufferView) {
        let (rows, columns) = (x.count, y.count)
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.spectralNormProduct, rows, count: columns, passes: 1)) }
        check(w, rows, columns)
        // Parts of the rows, then the parts in order.
        let grain = grain(columns)
        let parts = (rows + grain - 1) / grain
        let partial = BufferView(count: max(1, parts * columns))
        let (wp, xp, yp, pp) = (w.pointer, x.pointer, y.pointer, partial.pointer)
        Workers.forEach(parts) { part in
            let (first, end) = (part * grain, min(rows, (part + 1) * grain))
            ck_vector_matrix(
                wp + first * columns, xp + first, pp + part * columns, Int64(end - first), Int64(columns))
        }
        yp.update(repeating: 0, count: columns)
        for part in 0..<parts { ck_accumulate(yp, pp + part * columns, columns) }
    }

    private static func grain(_ columns: Int) -> Int { max(1, Elementwise.grain / max(1, columns)) }

    private static func check(_ w: BufferView, _ rows: Int, _ columns: Int) {
        precondition(w.count == rows * columns, "spectral norm: \(w.count) numbers as \(rows)×\(columns)")
    }

    /// The gradient of W from that of W/σ: (G − ⟨G, W/σ⟩·u·vᵀ)/σ, in place.
    ///
    /// - Parameters:
    ///   - g: [rows, columns], the gradient of W/σ; becomes that of W.
    ///   - used: W/σ
    ///   - u: [rows]
    ///   - v: [columns]
    public static func adjoint(_ g: BufferView, used: BufferView, _ u: BufferView, _ v: BufferView, sigma: Double) {
        let (rows, columns) = (u.count, v.count)
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.spectralNormAdjoint, rows, count: columns, passes: 4)) }
        check(used, rows, columns)
        precondition(g.count == used.count, "spectral norm: \(g.count) gradients of \(used.count) numbers")
        let (gp, wp, up, vp) = (g.pointer, used.pointer, u.pointer, v.pointer)
        let grain = grain(columns)
        var sums = [Double](repeating: 0, count: (rows + grain - 1) / grain)
        sums.withUnsafeMutableBufferPointer { sums in
            let target = sums
            Workers.forEach(target.count) { part in
                let first = part * grain * columns
                target[part] = ck_inner_product(gp + first, wp + first, min(grain * columns, g.count - first))
            }
        }
        let inner = sums.reduce(0, +)
        Workers.forEachRange(rows, grain: grain) { range in
            let first = range.lowerBound
            ck_subtract_outer(
                gp + first * columns, up + first, vp, Int64(range.count), Int64(columns), Float(inner),
                Float(1 / sigma))
        }
    }
}
