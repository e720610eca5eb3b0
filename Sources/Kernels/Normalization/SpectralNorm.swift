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
        Broadcast.contract(w, [y.count, x.count], x, [1, x.count], into: y, [y.count, 1])
    }

    /// y = Wᵀ·x
    ///
    /// - Parameters:
    ///   - w: [rows, columns]
    ///   - x: [rows]
    ///   - y: [columns], overwritten.
    public static func transposedProduct(_ w: BufferView, _ x: BufferView, into y: BufferView) {
        Broadcast.contract(w, [x.count, y.count], x, [x.count, 1], into: y, [1, y.count])
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
        precondition(
            g.count == rows * columns && used.count == g.count,
            "spectral norm: \(g.count) gradients of \(used.count) numbers, \(rows)×\(columns)")
        let (gp, wp, up, vp) = (g.pointer, used.pointer, u.pointer, v.pointer)
        let grain = max(1, Elementwise.grain / max(1, columns))
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
