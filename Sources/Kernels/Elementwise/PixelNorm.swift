import CKernels

/// Pixelwise feature vector normalisation (arXiv 1710.10196, section 4.2): x / √(mean over channels of x² + 1e-8).
public enum PixelNorm {
    public static let epsilon: Float = 1e-8

    /// - Parameters:
    ///   - x: [pixels, channels]
    ///   - y: of the same shape, overwritten.
    public static func forward(_ x: BufferView, channels: Int, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.pixelNorm, x.count / channels, count: channels, passes: 2)) }
        precondition(
            channels > 0 && x.count % channels == 0 && x.count == y.count,
            "pixel norm: \(x.count) elements of \(channels) channels into \(y.count)")
        let (xp, yp) = (x.pointer, y.pointer)
        forEachRange(of: x.count / channels, channels) { first, rows in
            ck_pixel_norm(xp + first, yp + first, rows, Int64(channels), epsilon)
        }
    }

    /// The gradient of `forward` in one pass.
    ///
    /// - Parameters:
    ///   - g: [pixels, channels], the gradient of the result.
    ///   - x: [pixels, channels], what was normalised.
    ///   - gx: [pixels, channels], overwritten.
    public static func gradient(_ g: BufferView, _ x: BufferView, channels: Int, into gx: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.pixelNormGradient, x.count / channels, count: channels, passes: 3)) }
        precondition(
            channels > 0 && x.count % channels == 0 && x.count == g.count && x.count == gx.count,
            "pixel norm: gradients of \(g.count) and \(gx.count) elements for \(x.count) of \(channels) channels")
        let (gp, xp, gxp) = (g.pointer, x.pointer, gx.pointer)
        forEachRange(of: x.count / channels, channels) { first, rows in
            ck_pixel_norm_gradient(gp + first, xp + first, gxp + first, rows, Int64(channels), epsilon)
        }
    }

    /// - Parameter body: given the first element of some pixels, and how many they are.
    private static func forEachRange(of pixels: Int, _ channels: Int, _ body: (_ first: Int, _ rows: Int64) -> Void) {
        Workers.forEachRange(pixels, grain: max(1, Elementwise.grain / channels)) { range in
            body(range.lowerBound * channels, Int64(range.count))
        }
    }
}
