/// Lays images out in rows and columns for a look at many of them.
public enum ImageGrid {
    /// Pixels that PNG libraries take in a row and in a column.
    public static let largestSide = 1_000_000

    /// The grid as one image.
    ///
    /// - Parameters:
    ///   - images: uint8 [count, height, width, channels], channels 1 or 3.
    ///   - columns: images in a row; the last row may be short and is filled with black.
    ///   - margin: black pixels between images.
    public static func make(
        _ images: [UInt8], count: Int, height: Int, width: Int, channels: Int, columns: Int, margin: Int = 0
    ) -> RasterImage {
        precondition(
            images.count == count * height * width * channels,
            "ImageGrid: \(images.count) bytes for \(count)x\(height)x\(width)x\(channels)")
        precondition(columns > 0 && count > 0, "ImageGrid: \(count) images in \(columns) columns")
        let rows = (count + columns - 1) / columns
        var grid = RasterImage(
            height: rows * height + (rows - 1) * margin, width: columns * width + (columns - 1) * margin,
            channels: channels)
        let size = height * width * channels
        for index in 0..<count {
            let image = RasterImage(
                height: height, width: width, channels: channels,
                pixels: Array(images[index * size..<(index + 1) * size]))
            grid.paste(image, top: index / columns * (height + margin), left: index % columns * (width + margin))
        }
        return grid
    }

    /// Images, or maps, of the cells of a grid of which some stay empty.
    ///
    /// - Parameters:
    ///   - images: those of the cells that have one, one after another.
    ///   - isFilled: whether a cell has one.
    ///   - size: bytes of one.
    /// - Returns: as many as there are cells, zeros in the empty ones.
    public static func spread(_ images: [UInt8], over isFilled: [Bool], size: Int) -> [UInt8] {
        let count = isFilled.count { $0 }
        precondition(
            images.count == count * size,
            "ImageGrid: \(images.count) bytes for \(count) of \(isFilled.count) cells of \(size) bytes")
        guard count < isFilled.count else { return images }
        var cells: [UInt8] = []
        cells.reserveCapacity(isFilled.count * size)
        var next = 0
        for filled in isFilled {
            cells += filled ? images[next..<next + size] : ArraySlice(repeatElement(0, count: size))
            if filled { next += size }
        }
        return cells
    }

    /// Colours a semantic map, 0 black and each class a colour of its own.
    ///
    /// - Parameter map: uint8 values, one a pixel.
    /// - Returns: red, green, blue for each of them.
    public static func colors(ofSemantic map: [UInt8]) -> [UInt8] {
        map.flatMap { palette[Int($0)] }
    }

    /// Writes a grid as a PNG file, whole or not at all; see ``make(_:count:height:width:channels:columns:margin:)``.
    public static func write(
        _ images: [UInt8], count: Int, height: Int, width: Int, channels: Int, columns: Int, margin: Int = 0,
        to path: String
    ) throws {
        let grid = make(
            images, count: count, height: height, width: width, channels: channels, columns: columns, margin: margin)
        try ImageFile.write(grid, to: path)
    }

    /// Neighbouring classes get hues a golden angle apart.
    private static let palette: [[UInt8]] = (0..<256).map { index in
        if index == 0 { return [0, 0, 0] }
        let hue = (Float(index) * 0.618_034).truncatingRemainder(dividingBy: 1) * 6
        let value: Float = 255 - Float(index / 8 % 3) * 60
        return [5, 3, 1].map { (offset: Float) -> UInt8 in
            let k = (offset + hue).truncatingRemainder(dividingBy: 6)
            return UInt8(value * (1 - 0.75 * max(0, min(k, min(4 - k, 1)))))
        }
    }
}
