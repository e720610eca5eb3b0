import Failure
import Storage

/// A picture with a row for each of several files: what conditions it, what was made of it, and, where it is known, what was
/// there.
struct TranslationSheet {
    /// Rows of a sheet, at most: the first files by name.
    static let mostRows = 16
    private static let margin = 2

    private var rows: [[RasterImage]] = []

    mutating func add(_ images: [RasterImage]) { rows.append(images.map { $0.converted(toChannels: 3) }) }

    /// All rows below each other, columns as wide as their widest image.
    func picture() -> RasterImage {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { column < $0.count ? $0[column].width : nil }.max() ?? 0
        }
        let heights = rows.map { row in row.map(\.height).max() ?? 0 }
        var sheet = RasterImage(
            height: heights.reduce(0, +) + Self.margin * max(0, heights.count - 1),
            width: widths.reduce(0, +) + Self.margin * max(0, columns - 1), channels: 3)
        var top = 0
        for (row, height) in zip(rows, heights) {
            var left = 0
            for (image, width) in zip(row, widths) {
                sheet.paste(image, top: top, left: left)
                left += width + Self.margin
            }
            top += height + Self.margin
        }
        return sheet
    }
}
