import CKernels

/// Images N×H×W×C doubled between their pixels, as PyTorch's bilinear interpolation by two without aligned corners; beyond
/// the border the outermost pixels go on.
public enum BilinearDoubling {
    /// - Parameters:
    ///   - x: [N, H, W, C]
    ///   - y: [N, 2H, 2W, C], overwritten.
    public static func up(
        _ x: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        run(.bilinearUpsample, x, y, small: x, large: y, batch, height, width, channels, rows: 2 * height) {
            ck_bilinear_up_rows(
                x.pointer + $0, y.pointer + 4 * $0, Int64(height), Int64(width), Int64(channels), Int64($1), Int64($2))
        }
    }

    /// The adjoint: of y [N, 2H, 2W, C] to x [N, H, W, C], overwritten.
    public static func adjoint(
        _ y: BufferView, into x: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        run(.bilinearUpsampleAdjoint, y, x, small: x, large: y, batch, height, width, channels, rows: height) {
            ck_bilinear_up_adjoint_rows(
                y.pointer + 4 * $0, x.pointer + $0, Int64(height), Int64(width), Int64(channels), Int64($1), Int64($2))
        }
    }

    /// - Parameter body: given where a sample's small image begins, and rows of the result.
    private static func run(
        _ kind: OperationKind, _ source: BufferView, _ target: BufferView, small: BufferView, large: BufferView,
        _ batch: Int, _ height: Int, _ width: Int, _ channels: Int, rows: Int, _ body: (Int, Int, Int) -> Void
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(kind, source, target, batch: batch, height: height, width: width, channels: channels))
        }
        let count = height * width * channels
        precondition(
            small.count == batch * count && large.count == 4 * small.count,
            "bilinear doubling: \(height)×\(width)×\(channels), \(small.count) and \(large.count) elements")
        ResamplingKernels.rows(batch, rows, 8 * width * channels) { sample, first, last in
            body(sample * count, first, last)
        }
    }
}
