/// The edges of an image, as a drawing: black lines on white paper, as people draw and as data sets of drawings are.
///
/// Grey by the weights of Rec. 601, Sobel's two 3×3 filters over pixels that are repeated at the border, and of their
/// magnitude what is at least ``threshold`` and not surpassed by either neighbour across the edge, so that lines are thin
/// (J. Canny, A Computational Approach to Edge Detection, 1986, without its smoothing and its hysteresis: small images have
/// neither noise nor room). Of two neighbours of one magnitude the brighter is taken. Whole numbers only, the same
/// everywhere; the edges of a mirrored image are the mirrored edges.
public enum EdgeFilter {
    /// Of the magnitude, at most √2 · 1020: a step of 32 grey values from one pixel to the next.
    public static let threshold = 128
    /// Of a pixel on an edge, and of one that is on none.
    public static let (line, paper): (UInt8, UInt8) = (0, 255)

    /// - Parameter image: of one or three channels.
    /// - Returns: one channel of ``line`` and ``paper``, of the image's size.
    public static func edges(of image: RasterImage) -> RasterImage {
        let (height, width) = (image.height, image.width)
        let grey = image.converted(toChannels: 1).pixels
        var across = [Int32](repeating: 0, count: grey.count)
        var down = across
        for row in 0..<height {
            let (above, here, below) = (max(row - 1, 0) * width, row * width, min(row + 1, height - 1) * width)
            for column in 0..<width {
                let (left, right) = (max(column - 1, 0), min(column + 1, width - 1))
                func value(_ line: Int, _ column: Int) -> Int32 { Int32(grey[line + column]) }
                across[here + column] =
                    value(above, right) + 2 * value(here, right) + value(below, right)
                    - value(above, left) - 2 * value(here, left) - value(below, left)
                down[here + column] =
                    value(below, left) + 2 * value(below, column) + value(below, right)
                    - value(above, left) - 2 * value(above, column) - value(above, right)
            }
        }
        let squares = zip(across, down).map { $0 * $0 + $1 * $1 }
        var result = RasterImage(height: height, width: width, channels: 1, filledWith: paper)
        for row in 0..<height {
            for column in 0..<width {
                let here = row * width + column
                guard squares[here] >= Int32(threshold * threshold) else { continue }
                let (rows, columns) = step(across[here], down[here])
                let isSurpassed = [-1, 1].contains { side in
                    let (y, x) = (row + side * rows, column + side * columns)
                    guard (0..<height).contains(y), (0..<width).contains(x) else { return false }
                    let there = y * width + x
                    return (squares[there], grey[there]) > (squares[here], grey[here])
                }
                if !isSurpassed { result.pixels[here] = line }
            }
        }
        return result
    }

    /// The neighbour across an edge: the gradient's direction, to the nearest of eight.
    private static func step(_ across: Int32, _ down: Int32) -> (rows: Int, columns: Int) {
        // 0.414 is the tangent of 22.5°.
        if 1000 * abs(down) < 414 * abs(across) { return (0, 1) }
        if 1000 * abs(across) < 414 * abs(down) { return (1, 0) }
        return (across > 0) == (down > 0) ? (1, 1) : (1, -1)
    }
}
