import CKernels

/// The largest value or the mean of what a window sees, channel by channel; what is beside the image does not count.
public enum WindowPooling {
    /// - Parameters:
    ///   - x: [batch, H, W, C]
    ///   - y: C channels among those of [batch, H', W', …], overwritten.
    public static func maximum(_ x: BufferView, batch: Int, shape: WindowShape, into y: ChannelSpan) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .window(.windowMaximum, shape, batch: batch)) }
        run(x, batch, shape, y) { ck_window_maximum($0, $1, $2, $3, $4, $5) }
    }

    /// - Parameters:
    ///   - x: [batch, H, W, C]
    ///   - y: C channels among those of [batch, H', W', …], overwritten.
    public static func mean(_ x: BufferView, batch: Int, shape: WindowShape, into y: ChannelSpan) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .window(.windowMean, shape, batch: batch)) }
        run(x, batch, shape, y) { ck_window_mean($0, $1, $2, $3, $4, $5) }
    }

    private static func run(
        _ x: BufferView, _ batch: Int, _ shape: WindowShape, _ y: ChannelSpan,
        _ pool: (
            UnsafePointer<Float>, UnsafePointer<ck_window>, Int64, Int64, UnsafeMutablePointer<Float>, Int64
        ) -> Void
    ) {
        precondition(
            x.count == batch * shape.imageCount, "WindowPooling: \(x.count) elements for \(batch) of \(shape)")
        y.check(pixels: batch * shape.places, channels: shape.channels)
        let (xp, yp) = (x.pointer, y.pointer)
        let grain = max(1, Elementwise.grain / shape.depth)
        Workers.forEachRange(batch * shape.places, grain: grain) { range in
            var window = shape.c
            shape.forEachImage(range) { image, first, count, done in
                pool(
                    xp + image * shape.imageCount, &window, first, count,
                    yp + (range.lowerBound + done) * y.channels, Int64(y.channels))
            }
        }
    }
}
