/// Drawings of attention over images: query points, and what each of them looks at (arXiv 1805.08318, figures 1 and 5).
public enum AttentionPicture {
    /// Red, green, blue of the points, one after another.
    public static let colors: [[UInt8]] = [
        [230, 25, 75], [60, 180, 75], [67, 99, 216], [255, 225, 25], [240, 50, 230], [66, 212, 244], [245, 130, 49],
        [170, 255, 195],
    ]

    /// What is left of an image where nobody looks.
    private static let dark: Float = 0.35

    /// A coloured square around a pixel, with a black edge, cut off at the image's own.
    ///
    /// - Parameter image: in colour.
    public static func mark(_ image: inout RasterImage, row: Int, column: Int, color: [UInt8]) {
        precondition(image.channels == 3 && color.count == 3, "AttentionPicture: a mark in \(image.channels) channels")
        let half = reach(min(image.height, image.width))
        for y in max(0, row - half)...min(image.height - 1, row + half) {
            for x in max(0, column - half)...min(image.width - 1, column + half) {
                let isEdge = max(abs(y - row), abs(x - column)) == half
                let start = (y * image.width + x) * 3
                image.pixels.replaceSubrange(start..<start + 3, with: isEdge ? [0, 0, 0] : color)
            }
        }
    }

    /// From a mark's middle to its edge, in an image of this side.
    static func reach(_ side: Int) -> Int { max(1, side / 40) }

    /// An attention map over the darkened image: the more a place is looked at, the brighter it is, and the more of the
    /// colour it has.
    ///
    /// - Parameters:
    ///   - image: in colour.
    ///   - map: height · width numbers from 0 on, row by row; drawn in proportion to the largest, and between their middles
    ///     linearly.
    public static func overlay(
        _ image: RasterImage, map: [Float], height: Int, width: Int, color: [UInt8]
    ) -> RasterImage {
        precondition(
            image.channels == 3 && color.count == 3 && map.count == height * width && height > 0 && width > 0,
            "AttentionPicture: a map of \(map.count) for \(height)x\(width) over \(image.channels) channels")
        let most = map.max() ?? 0
        let shares = map.map { most > 0 ? $0 / most : 0 }
        let rows = (0..<image.height).map { Place($0, of: image.height, among: height) }
        let columns = (0..<image.width).map { Place($0, of: image.width, among: width) }
        var result = image
        for (y, row) in rows.enumerated() {
            for (x, column) in columns.enumerated() {
                func across(_ line: Int) -> Float {
                    let (left, right) = (shares[line * width + column.first], shares[line * width + column.second])
                    return left + (right - left) * column.share
                }
                let (upper, lower) = (across(row.first), across(row.second))
                let share = upper + (lower - upper) * row.share
                for channel in 0..<3 {
                    let at = (y * image.width + x) * 3 + channel
                    let (own, tint) = (Float(image.pixels[at]), Float(color[channel]))
                    let lit = dark * own + (1 - dark) * share * (own + tint) / 2
                    result.pixels[at] = UInt8(max(0, min(255, lit.rounded())))
                }
            }
        }
        return result
    }

    /// Between which two numbers of a coarse row a pixel of a fine one lies.
    private struct Place {
        let first: Int
        let second: Int
        /// Of the second.
        let share: Float

        init(_ pixel: Int, of pixels: Int, among count: Int) {
            let place = (Float(pixel) + 0.5) * Float(count) / Float(pixels) - 0.5
            let bounded = max(0, min(Float(count - 1), place))
            first = Int(bounded)
            second = min(first + 1, count - 1)
            share = bounded - Float(first)
        }
    }

    /// Pictures in rows, all of one size, with white between them.
    public static func sheet(_ rows: [[RasterImage]]) -> RasterImage {
        guard let first = rows.first?.first else { preconditionFailure("AttentionPicture: no pictures") }
        let columns = rows.map(\.count).max() ?? 1
        let (height, width) = (first.height + margin, first.width + margin)
        var sheet = RasterImage(
            height: rows.count * height - margin, width: columns * width - margin, channels: 3, filledWith: 255)
        for (y, row) in rows.enumerated() {
            for (x, picture) in row.enumerated() { sheet.paste(picture, top: y * height, left: x * width) }
        }
        return sheet
    }

    /// White pixels between pictures.
    public static let margin = 2
}
