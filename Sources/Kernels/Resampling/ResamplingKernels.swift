import CKernels

/// Resampling by two with the separable [1, 3, 3, 1] filter (StyleGAN2, arXiv 1912.04958), on images N×H×W×C.
///
/// Up and down are each other's adjoint up to a factor: up = 4·downᵀ.
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
        precondition(padding == .zero, "resampling: padding \(padding)")
        let (xp, yp) = (x.pointer, y.pointer)
        let count = height * width * channels
        rows(batch, 2 * height, 2 * width * channels) { sample, first, last in
            ck_upsample_rows(
                xp + sample * count, yp + sample * 4 * count, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last), gain)
        }
    }

    /// dx [N, H, W, C] = the adjoint of `up`, applied to g [N, 2H, 2W, C].
    public static func upAdjoint(
        _ g: BufferView, into dx: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        down(
            g, into: dx, batch: batch, height: 2 * height, width: 2 * width, channels: channels, gain: 4 * gain,
            padding: padding)
    }

    /// dx [N, H, W, C] = the adjoint of `down`, applied to g [N, H/2, W/2, C].
    public static func downAdjoint(
        _ g: BufferView, into dx: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1,
        padding: Padding = .zero
    ) {
        up(
            g, into: dx, batch: batch, height: height / 2, width: width / 2, channels: channels, gain: gain / 4,
            padding: padding)
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
        precondition(padding == .zero, "resampling: padding \(padding)")
        let (xp, yp) = (x.pointer, y.pointer)
        let count = height * width * channels
        rows(batch, height / 2, 2 * width * channels) { sample, first, last in
            ck_downsample_rows(
                xp + sample * count, yp + sample * count / 4, Int64(height), Int64(width), Int64(channels),
                Int64(first), Int64(last), gain)
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
