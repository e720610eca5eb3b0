import CKernels

/// The tiles of a grid of pixels, image by image, of which the first `margin` pixels on every side lie beyond the border.
struct TileList {
    /// Pixels of a tile's side.
    let side: Int
    let rows: Int
    let columns: Int
    let count: Int
    private let margin: Int

    init(_ grid: PixelGrid, side: Int = WinogradTransform.tile, margin: Int = 0) {
        (self.side, self.margin) = (side, margin)
        rows = (grid.height + side - 1) / side
        columns = (grid.width + side - 1) / side
        count = grid.batch * rows * columns
    }

    var perImage: Int { rows * columns }

    /// The image and first pixel of a tile.
    subscript(index: Int) -> (image: Int, row: Int32, column: Int32) {
        let (image, rest) = index.quotientAndRemainder(dividingBy: perImage)
        let (row, column) = rest.quotientAndRemainder(dividingBy: columns)
        return (image, Int32(row * side - margin), Int32(column * side - margin))
    }
}

extension ck_strides {
    /// Of operands [frequency][group of 16 channels][row][16]. A line more than needed between frequencies: at distances of a
    /// power of two all would share a few sets of the caches.
    init(rows: Int, groups: Int) {
        self.init(frequency: rows * groups * 16 + 16, group: rows * 16)
    }
}
