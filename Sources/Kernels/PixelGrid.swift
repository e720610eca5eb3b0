/// NHWC images seen as a grid of cells: a cell is one pixel, or 2×2 pixels read as one with four times the channels.
///
/// On cells, a convolution that changes the resolution is an ordinary one. Cell channels are ordered by phase (row of
/// the pixel within its cell, then column), then channel. Pixels of a cell that lie outside the image are zero when
/// read and dropped when written.
struct PixelGrid {
    let batch: Int
    /// In pixels.
    let height: Int
    let width: Int
    let channels: Int
    /// Pixels along a side of a cell: 1 or 2.
    let phases: Int

    var cellHeight: Int { (height + phases - 1) / phases }
    var cellWidth: Int { (width + phases - 1) / phases }
    var cellChannels: Int { channels * phases * phases }
    var imageCount: Int { height * width * channels }

    /// Calls `body` with each pixel of a cell: its offset within the image, nil outside of it, and the cell channel
    /// where it starts.
    @inline(__always)
    func forEachPixel(row: Int, column: Int, _ body: (Int?, Int) -> Void) {
        for phase in 0..<phases * phases {
            let y = row * phases + phase / phases
            let x = column * phases + phase % phases
            let inside = y >= 0 && y < height && x >= 0 && x < width
            body(inside ? (y * width + x) * channels : nil, phase * channels)
        }
    }

    /// Copies a cell of `image` to `target`.
    @inline(__always)
    func read(_ image: UnsafePointer<Float>, row: Int, column: Int, into target: UnsafeMutablePointer<Float>) {
        forEachPixel(row: row, column: column) { offset, channel in
            if let offset {
                (target + channel).update(from: image + offset, count: channels)
            } else {
                (target + channel).update(repeating: 0, count: channels)
            }
        }
    }
}

extension ConvolutionShape {
    /// Input and output, pixel by pixel.
    var pixels: (input: PixelGrid, output: PixelGrid) {
        (
            PixelGrid(batch: batch, height: height, width: width, channels: inputChannels, phases: 1),
            PixelGrid(batch: batch, height: outputHeight, width: outputWidth, channels: outputChannels, phases: 1)
        )
    }

    /// The grid of the input and the grid of the output on which this is a convolution with padding kernel / 2.
    var grids: (input: PixelGrid, output: PixelGrid) {
        (
            PixelGrid(
                batch: batch, height: height, width: width, channels: inputChannels,
                phases: resampling == .down ? 2 : 1),
            PixelGrid(
                batch: batch, height: outputHeight, width: outputWidth, channels: outputChannels,
                phases: resampling == .up ? 2 : 1)
        )
    }
}
