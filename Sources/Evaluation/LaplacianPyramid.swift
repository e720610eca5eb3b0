/// Laplacian pyramid of an image (Burt & Adelson 1983), as the metric of arXiv 1710.10196, section 5, has it: the filter
/// [1, 4, 6, 4, 1] / 16 along both axes, borders mirrored without repeating the edge.
package enum LaplacianPyramid {
    /// What each level adds to the upsampled next one; the last is the rest, a small image.
    ///
    /// - Parameters:
    ///   - image: H×W×C; values are not scaled.
    ///   - resolution: H and W, a power of two.
    ///   - smallest: the last level's side, a power of two.
    /// - Returns: sides and their levels, each side×side×C, from the full resolution down.
    package static func levels(
        of image: [Float], resolution: Int, channels: Int, smallest: Int
    ) -> [(side: Int, values: [Float])] {
        var levels: [(side: Int, values: [Float])] = []
        var (side, current) = (resolution, image)
        while side > smallest {
            let next = downsampled(current, side: side, channels: channels)
            let coarse = upsampled(next, side: side / 2, channels: channels)
            for i in current.indices { current[i] -= coarse[i] }
            levels.append((side, current))
            (side, current) = (side / 2, next)
        }
        return levels + [(side, current)]
    }

    /// Filtered, every second pixel: side×side×C to half the side.
    private static func downsampled(_ x: [Float], side: Int, channels: Int) -> [Float] {
        let narrow = halved(x, outer: side, length: side, inner: channels)
        return halved(narrow, outer: 1, length: side, inner: side / 2 * channels)
    }

    /// Zeros between the pixels, filtered, times 4: side×side×C to twice the side.
    private static func upsampled(_ x: [Float], side: Int, channels: Int) -> [Float] {
        let wide = doubled(x, outer: side, length: side, inner: channels)
        return doubled(wide, outer: 1, length: side, inner: 2 * side * channels)
    }

    /// Along the middle axis of outer×length×inner.
    private static func halved(_ x: [Float], outer: Int, length: Int, inner: Int) -> [Float] {
        var y = [Float](repeating: 0, count: outer * length / 2 * inner)
        for o in 0..<outer {
            func start(_ i: Int) -> Int {
                (o * length + (i < 0 ? -i : i >= length ? 2 * length - 2 - i : i)) * inner
            }
            for i in 0..<length / 2 {
                let (a, b, c) = (start(2 * i - 2), start(2 * i - 1), start(2 * i))
                let (d, e) = (start(2 * i + 1), start(2 * i + 2))
                let out = (o * length / 2 + i) * inner
                for k in 0..<inner {
                    y[out + k] = (x[a + k] + x[e + k] + 4 * (x[b + k] + x[d + k]) + 6 * x[c + k]) * (1 / 16)
                }
            }
        }
        return y
    }

    /// Along the middle axis of outer×length×inner.
    private static func doubled(_ x: [Float], outer: Int, length: Int, inner: Int) -> [Float] {
        var y = [Float](repeating: 0, count: outer * length * 2 * inner)
        for o in 0..<outer {
            for i in 0..<length {
                // The zeros count as pixels where the border is mirrored: beyond the end lies the last pixel again.
                let before = (o * length + (i > 0 ? i - 1 : min(1, length - 1))) * inner
                let here = (o * length + i) * inner
                let after = (o * length + min(i + 1, length - 1)) * inner
                let out = (o * length + i) * 2 * inner
                for k in 0..<inner {
                    y[out + k] = (x[before + k] + x[after + k] + 6 * x[here + k]) * (1 / 8)
                    y[out + inner + k] = (x[here + k] + x[after + k]) * (1 / 2)
                }
            }
        }
        return y
    }
}
