import CKernels

/// What one sample's affine resampling does, worked out for the images' size.
///
/// As ADA's reference executes its transforms (arXiv 2006.06676, appendix B.2): margins as wide as the map reaches, but
/// narrower than the image, in which it is reflected; 2× up; bilinear between the pixels of that, of a result with three
/// pixels more on each side; 2× down with the wavelet filter. Beyond the margins all is zero.
///
/// The reference takes the widest margins of a batch for all of it. Here each sample has its own, or it would depend on
/// its neighbours: the same but for rounding where the map shrinks the image by no more than a fifth, and within
/// 2 · 10⁻⁴ where it is halved, near the border, where the filters reach beyond the margin.
public struct AffineGeometry: Sendable {
    /// How the images are upsampled.
    public enum Upsampling: Sendable {
        /// With the filter of the wavelet sym6: images.
        case wavelet
        /// Between two pixels, the outermost one repeated: feature maps in GGDR's release, whose authors had large
        /// errors with the wavelet.
        case bilinear
    }

    let map: ck_affine_map

    /// - Parameter inverse: [x_in, y_in] = [xx xy; yx yy] · [x_out, y_out] + [x, y], in pixels from the image's middle.
    public init(
        height: Int, width: Int, inverse: (xx: Float, xy: Float, x: Float, yx: Float, yy: Float, y: Float),
        upsampling: Upsampling
    ) {
        let along = (x: Double(inverse.xx), y: Double(inverse.yx))
        let down = (x: Double(inverse.xy), y: Double(inverse.yy))
        let shift = (x: Double(inverse.x), y: Double(inverse.y))
        precondition(
            [along.x, along.y, down.x, down.y, shift.x, shift.y].allSatisfy { abs($0) < 1e6 },
            "affine resampling: \(inverse)")
        let corner = (x: Double(width - 1) / 2, y: Double(height - 1) / 2)
        // How far the corners' places lie from the middle.
        let spread = (
            x: abs(along.x) * corner.x + abs(down.x) * corner.y, y: abs(along.y) * corner.x + abs(down.y) * corner.y
        )
        let columns = Margins(reach: spread.x, shift: shift.x, size: width)
        let rows = Margins(reach: spread.y, shift: shift.y, size: height)
        // Of the first of 2(size + 5) places on each axis, of 2(size + 6) of which the outermost are not needed.
        let first = (x: -Double(width + 4), y: -Double(height + 4))
        let start = (
            x: along.x * first.x + down.x * first.y + 2 * shift.x + Double(width - 1 + 2 * columns.before),
            y: along.y * first.x + down.y * first.y + 2 * shift.y + Double(height - 1 + 2 * rows.before)
        )
        let extent = (x: Double(2 * width + 9), y: Double(2 * height + 9))
        let columnPairs = Self.pairs(
            start.x, along.x * extent.x, down.x * extent.y, padded: columns.before + width + columns.after)
        let rowPairs = Self.pairs(
            start.y, along.y * extent.x, down.y * extent.y, padded: rows.before + height + rows.after)
        let (even, odd) = Self.taps(upsampling)
        map = ck_affine_map(
            height: Int64(height), width: Int64(width), channels: 0, block: 0,
            margin_rows: Int64(rows.before), margin_columns: Int64(columns.before),
            padded_height: Int64(rows.before + height + rows.after),
            padded_width: Int64(columns.before + width + columns.after),
            row: Int64(rowPairs.lowerBound), rows: Int64(rowPairs.count),
            column: Int64(columnPairs.lowerBound), columns: Int64(columnPairs.count),
            x: start.x - Double(2 * columnPairs.lowerBound), x_along: along.x, x_down: down.x,
            y: start.y - Double(2 * rowPairs.lowerBound), y_along: along.y, y_down: down.y,
            taps: upsampling == .wavelet ? 6 : 2, even: even, odd: odd, down: Self.down)
    }

    /// Pixels before and behind an axis of the image, as many as the map reaches with the filters' reach added.
    private struct Margins {
        let before, after: Int

        init(reach: Double, shift: Double, size: Int) {
            func clamped(_ value: Double) -> Int {
                Int(max(0, min(Double(size - 1), reach + value + 6 - Double(size - 1) / 2)).rounded(.up))
            }
            (before, after) = (clamped(-shift), clamped(shift))
        }
    }

    /// The pairs of upsampled pixels between which the places lie, one beyond the image with its margins at most.
    private static func pairs(_ start: Double, _ along: Double, _ down: Double, padded: Int) -> Range<Int> {
        let end = Double(2 * padded)
        // Places are rounded once more where they are computed.
        let lowest = max(-1, min(end, start + min(0, along) + min(0, down) - 0.01)).rounded(.down)
        let highest = max(-1, min(end, start + max(0, along) + max(0, down) + 0.01)).rounded(.down)
        return Int((lowest / 2).rounded(.down))..<min(padded, Int(highest + 2) / 2) + 1
    }

    /// The low-pass filter of the wavelet sym6 (Daubechies' least asymmetric one with six vanishing moments).
    private static let sym6: [Double] = {
        let taps = [
            0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
            0.787641141030194, 0.3379294217276218, -0.07263752278646252, -0.021060292512300564, 0.04472490177066578,
            0.0017677118642428036, -0.007800708325034148,
        ]
        let sum = taps.reduce(0, +)
        return taps.map { $0 / sum }
    }()

    private typealias Six = (Float, Float, Float, Float, Float, Float)
    private typealias Twelve = (
        Float, Float, Float, Float, Float, Float, Float, Float, Float, Float, Float, Float
    )

    private static let down: Twelve = {
        let f = sym6.map { Float($0) }
        return (f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11])
    }()

    private static func taps(_ upsampling: Upsampling) -> (even: Six, odd: Six) {
        switch upsampling {
        case .wavelet:
            // Convolved, not correlated, and with the gain of what every other pixel is missing from.
            let f = sym6.map { Float(2 * $0) }
            return ((f[11], f[9], f[7], f[5], f[3], f[1]), (f[10], f[8], f[6], f[4], f[2], f[0]))
        case .bilinear: return ((0.25, 0.75, 0, 0, 0, 0), (0.75, 0.25, 0, 0, 0, 0))
        }
    }
}
