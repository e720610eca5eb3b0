import Autodiff

/// Rectangles of images that become 0.
enum CutoutMask {
    /// ADA's: half of each side, around a place that is anywhere (arXiv 2006.06676, appendix B).
    ///
    /// - Parameter centres: by sample, x and y as parts of the sides; nil where nothing is cut out.
    /// - Returns: [N, height, width, 1] of ones and zeros.
    static func mask(_ centres: [(x: Float, y: Float)?], height: Int, width: Int) -> Tensor {
        mask(
            centres.map { centre in
                centre.map { (rows: covered($0.y, height), columns: covered($0.x, width)) }
            }, height: height, width: width)
    }

    private static let side: Float = 0.5

    /// Pixels whose middles lie within half a side of a place.
    private static func covered(_ centre: Float, _ count: Int) -> Range<Int> {
        let inside = (0..<count).filter { abs((Float($0) + 0.5) / Float(count) - centre) < side / 2 }
        return (inside.first ?? 0)..<((inside.last ?? -1) + 1)
    }

    /// - Parameter cuts: by sample; nil where nothing is cut out.
    static func mask(
        _ cuts: [(rows: Range<Int>, columns: Range<Int>)?], height: Int, width: Int
    ) -> Tensor {
        var values = [Float](repeating: 1, count: cuts.count * height * width)
        for case (let sample, let cut?) in cuts.enumerated() {
            for row in cut.rows {
                for column in cut.columns { values[(sample * height + row) * width + column] = 0 }
            }
        }
        return Tensor(values, shape: [cuts.count, height, width, 1])
    }
}
