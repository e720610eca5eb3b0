extension RasterImage {
    /// The image, shrunk by the power of two that makes neither side longer than `longest`: each new pixel is the mean
    /// of a block. Where a side is no multiple of the block, its last pixels are left out.
    package func reduced(toSide longest: Int) -> RasterImage {
        var factor = 1
        while max(height, width) / factor > longest, factor < 4096, min(height, width) / factor > 1 { factor *= 2 }
        guard factor > 1 else { return self }
        let (rows, columns) = (height / factor, width / factor)
        let whole =
            rows * factor == height && columns * factor == width
            ? self : cropped(top: 0, left: 0, height: rows * factor, width: columns * factor)
        return RasterImage(
            height: rows, width: columns, channels: channels,
            pixels: BoxFilter.down(
                whole.pixels, count: 1, height: whole.height, width: whole.width, channels: channels, factor: factor))
    }
}
