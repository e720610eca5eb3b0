import Failure
import Storage

/// Height and width of a picture in a sheet.
struct SheetSize {
    let height: Int
    let width: Int

    init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
}

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
        let sizes = rows.map { row in row.map { SheetSize($0.height, $0.width) } }
        let (widths, heights, whole) = Self.layout(sizes)
        var sheet = RasterImage(height: whole.height, width: whole.width, channels: 3)
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

    private static func layout(_ rows: [[SheetSize]]) -> (widths: [Int], heights: [Int], whole: SheetSize) {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { column < $0.count ? $0[column].width : nil }.max() ?? 0
        }
        let heights = rows.map { row in row.map(\.height).max() ?? 0 }
        let whole = SheetSize(
            heights.reduce(0, +) + margin * max(0, heights.count - 1),
            widths.reduce(0, +) + margin * max(0, columns - 1))
        return (widths, heights, whole)
    }

    /// - Parameters:
    ///   - path: of the sheet, for messages.
    ///   - share: bytes of memory that a rank has; 0 where the system does not tell.
    /// - Throws: ``DatasetError`` (64) where images of these sizes make a sheet that is too large.
    static func check(_ path: String, _ rows: [[SheetSize]], share: Int) throws {
        let whole = layout(rows).whole
        // Its images, the sheet of them, and what a PNG is packed from and to.
        let bytes = [whole.height, whole.width, 3, 4].checkedProduct()
        let side = ImageGrid.largestSide
        if let bytes, share == 0 || bytes <= share, whole.height <= side, whole.width <= side { return }
        throw DatasetError.usage(
            "--sheet \(path): would be \(whole.height)×\(whole.width) pixels; expected at most \(side) in a row and in a column"
                + (share == 0 ? "" : ", and \(Files.text(bytes: share)) of memory to hold it four times")
                + "; leave it out, or give fewer or smaller images")
    }
}
