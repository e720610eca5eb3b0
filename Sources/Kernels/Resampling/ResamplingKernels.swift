import CKernels

/// Resampling by two with the separable [1, 3, 3, 1] filter (StyleGAN2, arXiv 1912.04958), on images N×H×W×C.
///
/// Up and down are each other's adjoint up to a factor, up = 4·downᵀ, but for mirrored images.
public enum ResamplingKernels {
    /// y [N, 2H, 2W, C] = upsampled x (filter gain 4), times `gain`.
    public static func up(
        _ x: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .resampling(.upsample, x, y, batch: batch, height: height, width: width, channels: channels))
        }
        precondition(
            x.count == batch * height * width * channels && y.count == 4 * x.count,
            "upsampling: \(x.count) elements into \(y.count)")
        let (xp, yp, beyond) = (x.pointer, y.pointer, Beyond(padding).rawValue)
        let count = height * width * channels
        rows(batch, 2 * height, 2 * width * channels) { sample, first, last in
            ck_upsample_rows(
                xp + sample * count, yp + sample * 4 * count, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last), gain, beyond)
        }
    }

    /// dx [N, H, W, C] = the adjoint of `up`, applied to g [N, 2H, 2W, C].
    public static func upAdjoint(
        _ g: BufferView, into dx: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        guard padding == .reflect else {
            return down(
                g, into: dx, batch: batch, height: 2 * height, width: 2 * width, channels: channels, gain: 4 * gain,
                padding: padding)
        }
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(
                    .downsample, g, dx, batch: batch, height: 2 * height, width: 2 * width, channels: channels))
        }
        precondition(
            dx.count == batch * height * width * channels && g.count == 4 * dx.count,
            "the adjoint of upsampling: \(g.count) elements into \(dx.count)")
        let (gp, xp) = (g.pointer, dx.pointer)
        let count = height * width * channels
        rows(batch, height, 4 * width * channels) { sample, first, last in
            ck_upsample_reflected_adjoint_rows(
                gp + sample * 4 * count, xp + sample * count, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last), gain)
        }
    }

    /// dx [N, H, W, C] = the adjoint of `down`, applied to g [N, H/2, W/2, C].
    public static func downAdjoint(
        _ g: BufferView, into dx: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        guard padding == .reflect else {
            return up(
                g, into: dx, batch: batch, height: height / 2, width: width / 2, channels: channels, gain: gain / 4,
                padding: padding)
        }
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(.upsample, g, dx, batch: batch, height: height / 2, width: width / 2, channels: channels))
        }
        precondition(
            height % 2 == 0 && width % 2 == 0 && dx.count == batch * height * width * channels
                && dx.count == 4 * g.count, "the adjoint of downsampling: \(g.count) elements into \(height)×\(width)")
        let (gp, xp) = (g.pointer, dx.pointer)
        let count = height * width * channels
        rows(batch, height, width * channels) { sample, first, last in
            ck_downsample_reflected_adjoint_rows(
                gp + sample * count / 4, xp + sample * count, Int64(height / 2), Int64(width / 2), Int64(channels),
                Int64(first), Int64(last), gain / 4)
        }
    }

    /// y [N, H/2, W/2, C] = downsampled x, times `gain`. H and W are even.
    public static func down(
        _ x: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .resampling(.downsample, x, y, batch: batch, height: height, width: width, channels: channels))
        }
        precondition(
            height % 2 == 0 && width % 2 == 0 && x.count == batch * height * width * channels
                && x.count == 4 * y.count, "downsampling: \(height)×\(width), \(x.count) elements into \(y.count)")
        let (xp, yp, beyond) = (x.pointer, y.pointer, Beyond(padding).rawValue)
        let count = height * width * channels
        rows(batch, height / 2, 2 * width * channels) { sample, first, last in
            ck_downsample_rows(
                xp + sample * count, yp + sample * count / 4, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last), gain, beyond)
        }
    }

    static func rows(_ batch: Int, _ rows: Int, _ rowCost: Int, _ body: (Int, Int, Int) -> Void) {
        let grain = max(1, Elementwise.grain / rowCost)
        let blocks = (rows + grain - 1) / grain
        let gather = max(1, Elementwise.grain / (min(grain, rows) * rowCost))
        Workers.forEachRange(batch * blocks, grain: gather) { range in
            for item in range {
                let first = item % blocks * grain
                body(item / blocks, first, min(rows, first + grain))
            }
        }
    }
}
