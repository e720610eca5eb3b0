import CKernels

/// The largest of each 2×2 pixels of images N×H×W×C; which of the four it is, is kept for the way back.
public enum MaxPooling {
    /// - Parameters:
    ///   - x: [N, H, W, C]; H and W are even.
    ///   - y: [N, H/2, W/2, C], overwritten.
    ///   - choice: as `y`: the place among the four, 0 to 3 in the order of reading, the first of equal ones.
    public static func forward(
        _ x: BufferView, into y: BufferView, choice: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        let images = Images(batch, height, width, channels)
        images.check(large: x, small: y, choice)
        images.run(.maxPooling) { large, small, first, last in
            ck_max_pool_rows(
                x.pointer + large, y.pointer + small, choice.pointer + small, Int64(width), Int64(channels), first, last
            )
        }
    }

    /// x = y at each choice, 0 elsewhere: the adjoint of ``gather(_:choice:into:batch:height:width:channels:)``.
    public static func scatter(
        _ y: BufferView, choice: BufferView, into x: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        let images = Images(batch, height, width, channels)
        images.check(large: x, small: y, choice)
        images.run(.maxPoolingScatter) { large, small, first, last in
            ck_max_pool_scatter_rows(
                y.pointer + small, choice.pointer + small, x.pointer + large, Int64(width), Int64(channels), first, last
            )
        }
    }

    /// y = x at each choice.
    public static func gather(
        _ x: BufferView, choice: BufferView, into y: BufferView, batch: Int, height: Int, width: Int, channels: Int
    ) {
        let images = Images(batch, height, width, channels)
        images.check(large: x, small: y, choice)
        images.run(.maxPoolingGather) { large, small, first, last in
            ck_max_pool_gather_rows(
                x.pointer + large, choice.pointer + small, y.pointer + small, Int64(width), Int64(channels), first, last
            )
        }
    }

    /// The large images.
    private struct Images {
        let (batch, height, width, channels): (Int, Int, Int, Int)
        private var count: Int { height * width * channels }

        init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
            (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
        }

        func check(large: BufferView, small: BufferView, _ choice: BufferView) {
            precondition(
                height % 2 == 0 && width % 2 == 0 && large.count == batch * count && large.count == 4 * small.count
                    && choice.count == small.count,
                "max pooling: \(height)×\(width), \(large.count) elements against \(small.count) and \(choice.count)")
        }

        /// - Parameter body: given where a sample's large and small image begin, and rows of the small one.
        func run(_ kind: OperationKind, _ body: (_ large: Int, _ small: Int, _ first: Int64, _ last: Int64) -> Void) {
            let start = OperationProfile.begin()
            defer {
                OperationProfile.end(
                    start, .maxPooling(kind, batch: batch, height: height, width: width, channels: channels))
            }
            ResamplingKernels.rows(batch, height / 2, 2 * width * channels) { sample, first, last in
                body(sample * count, sample * count / 4, Int64(first), Int64(last))
            }
        }
    }
}
