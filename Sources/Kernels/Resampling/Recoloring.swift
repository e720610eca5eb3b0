import CKernels

/// Images N×H×W×C of one or three channels, the colours of each transformed by a matrix and an offset of its own.
public enum Recoloring {
    /// Of one sample.
    public struct Colors: Sendable {
        let matrix: [Float]
        let offset: [Float]

        /// - Parameter matrix: row-major.
        public init(matrix: [Float], offset: [Float]) {
            (self.matrix, self.offset) = (matrix, offset)
        }

        fileprivate func fits(_ channels: Int) -> Bool {
            matrix.count == channels * channels && offset.count == channels
        }
    }

    /// y = matrix · x + offset at each pixel.
    ///
    /// - Parameters:
    ///   - transforms: one for each sample, nil: the sample as it is.
    ///   - pixels: of a sample.
    public static func apply(
        _ x: BufferView, into y: BufferView, transforms: [Colors?], pixels: Int,
        channels: Int
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.recoloring, x.count, passes: 2)) }
        precondition(
            x.count == transforms.count * pixels * channels && y.count == x.count && (channels == 1 || channels == 3)
                && transforms.allSatisfy { $0?.fits(channels) ?? true },
            "recolouring: \(x.count) elements into \(y.count), \(transforms.count) samples of \(channels)")
        let (source, target) = (x.pointer, y.pointer)
        ResamplingKernels.rows(transforms.count, pixels, channels) { sample, first, last in
            let offset = (sample * pixels + first) * channels
            guard let transform = transforms[sample] else {
                (target + offset).update(from: source + offset, count: (last - first) * channels)
                return
            }
            ck_recolor(
                source + offset, target + offset, Int64(last - first), Int64(channels), transform.matrix,
                transform.offset)
        }
    }
}
