import CKernels

/// Resampling by two with the 2×2 box (progressive growing, arXiv 1710.10196, table 2), on images N×H×W×C.
///
/// Up repeats pixels, down averages them; they are each other's adjoint up to a factor: up = 4·downᵀ.
public enum BoxResampling {
    /// y [N, 2H, 2W, C] = x with each pixel repeated 2×2, times `gain`.
    public static func up(
        _ x: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(.nearestUpsample, x, y, batch: batch, height: height, width: width, channels: channels))
        }
        precondition(
            x.count == batch * height * width * channels && y.count == 4 * x.count,
            "nearest upsampling: \(x.count) elements into \(y.count)")
        let (xp, yp) = (x.pointer, y.pointer)
        let count = height * width * channels
        ResamplingKernels.rows(batch, 2 * height, 2 * width * channels) { sample, first, last in
            ck_nearest_upsample_rows(
                xp + sample * count, yp + sample * 4 * count, Int64(width), Int64(channels), Int64(first), Int64(last),
                gain)
        }
    }

    /// out [N, 2H, 2W, C] = x with each pixel repeated 2×2, plus y, which has the size of out.
    public static func upAdded(
        _ x: BufferView, to y: BufferView, into out: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .upAdded(y.count, batch: batch, height: height, width: width, channels: channels))
        }
        precondition(
            x.count == batch * height * width * channels && y.count == 4 * x.count && out.count == y.count,
            "nearest upsampling: \(x.count) elements added to \(y.count) into \(out.count)")
        let (xp, yp, target) = (x.pointer, y.pointer, out.pointer)
        let count = height * width * channels
        ResamplingKernels.rows(batch, 2 * height, 2 * width * channels) { sample, first, last in
            ck_nearest_upsample_add_rows(
                xp + sample * count, yp + sample * 4 * count, target + sample * 4 * count, Int64(width),
                Int64(channels), Int64(first), Int64(last))
        }
    }

    /// y [N, H/2, W/2, C] = the means of 2×2 pixels of x, times `gain`. H and W are even.
    public static func down(
        _ x: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int, gain: Float = 1
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .resampling(.boxDownsample, x, y, batch: batch, height: height, width: width, channels: channels))
        }
        precondition(
            height % 2 == 0 && width % 2 == 0 && x.count == batch * height * width * channels
                && x.count == 4 * y.count, "box downsampling: \(height)×\(width), \(x.count) elements into \(y.count)")
        let (xp, yp) = (x.pointer, y.pointer)
        let count = height * width * channels
        ResamplingKernels.rows(batch, height / 2, 2 * width * channels) { sample, first, last in
            ck_box_downsample_rows(
                xp + sample * count, yp + sample * count / 4, Int64(width), Int64(channels), Int64(first), Int64(last),
                gain)
        }
    }
}
