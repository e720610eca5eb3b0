import Failure
import Reporting
import Storage

/// How large sheets of pictures are, which are put together from squares of one size.
enum PictureSheet {
    private static let mostPixels = 1 << 28

    /// Side of an image in a sheet, of small ones enlarged.
    static func cell(side: Int) -> Int { side * max(1, 128 / side) }

    /// To be called before the work of a sheet is done.
    ///
    /// - Parameters:
    ///   - out: the file.
    ///   - largest: side of the largest image in it.
    ///   - advice: what to ask for instead.
    /// - Throws: ``DatasetError`` (64) where it would have too many pixels.
    static func check(_ out: String, rows: Int, columns: Int, largest: Int, advice: String) throws {
        let cell = cell(side: largest)
        let side = cell + AttentionPicture.margin
        guard let pixels = [rows, side, columns, side].checkedProduct(), pixels <= mostPixels else {
            throw DatasetError.usage(
                "\(out): \(rows) rows of \(columns) images of \(cell)×\(cell) are more than \(mostPixels) pixels; \(advice)"
            )
        }
    }
}
