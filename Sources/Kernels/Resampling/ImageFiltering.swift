import CKernels

/// Images N×H×W×C, each filtered along both axes with taps of its own. The two functions are each other's adjoint.
public enum ImageFiltering {
    /// Element i of a line is the sum of taps[t] times element i + t − taps/2; beside the image it is reflected.
    ///
    /// - Parameters:
    ///   - taps: for each sample; nil: the sample as it is.
    ///   - y: as x, overwritten.
    public static func forward(
        _ x: BufferView, into y: BufferView, taps: [[Float]?], height: Int, width: Int, channels: Int
    ) {
        run(.imageFilter, x, y, taps, height, width, channels) {
            ck_image_filter($0, $1, Int64(height), Int64(width), Int64(channels), $2, $3, $4)
        }
    }

    /// The adjoint.
    public static func adjoint(
        _ y: BufferView, into x: BufferView, taps: [[Float]?], height: Int, width: Int, channels: Int
    ) {
        run(.imageFilterAdjoint, y, x, taps, height, width, channels) {
            ck_image_filter_adjoint($0, $1, Int64(height), Int64(width), Int64(channels), $2, $3, $4)
        }
    }

    private static func run(
        _ kind: OperationKind, _ from: BufferView, _ to: BufferView, _ taps: [[Float]?], _ height: Int, _ width: Int,
        _ channels: Int,
        _ body: (
            UnsafePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int64, UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start, .resampling(kind, from, to, batch: taps.count, height: height, width: width, channels: channels))
        }
        let count = height * width * channels
        precondition(
            from.count == taps.count * count && to.count == from.count && taps.allSatisfy { $0?.isEmpty != true },
            "image filter: \(from.count) elements into \(to.count), \(taps.count) samples \(height)×\(width)")
        let (source, target) = (from.pointer, to.pointer)
        Workers.forEach(taps.count) { sample in
            let offset = sample * count
            guard let filter = taps[sample] else {
                (target + offset).update(from: source + offset, count: count)
                return
            }
            let scratch = Workers.scratch(
                Int(ck_image_filter_scratch(Int64(height), Int64(width), Int64(channels), Int64(filter.count))))
            body(source + offset, target + offset, filter, Int64(filter.count), scratch)
        }
    }
}
