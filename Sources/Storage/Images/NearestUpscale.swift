/// Enlarges images by a whole factor: each pixel becomes a block, so that it can be told from its neighbours.
public enum NearestUpscale {
    /// The images with each pixel as `factor` × `factor`.
    ///
    /// - Parameters:
    ///   - images: uint8 [count, height, width, channels].
    ///   - factor: at least 1.
    /// - Returns: uint8 [count, height · factor, width · factor, channels].
    public static func up(
        _ images: [UInt8], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [UInt8] {
        repeated(images, count: count, height: height, width: width, channels: channels, factor: factor)
    }

    /// The same of floats.
    public static func up(
        _ images: [Float], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [Float] {
        repeated(images, count: count, height: height, width: width, channels: channels, factor: factor)
    }

    private static func repeated<Element>(
        _ images: [Element], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [Element] {
        precondition(
            images.count == count * height * width * channels,
            "NearestUpscale: \(images.count) values for \(count)x\(height)x\(width)x\(channels)")
        precondition(factor > 0, "NearestUpscale: by \(factor)")
        if factor == 1 { return images }
        var result: [Element] = []
        result.reserveCapacity(images.count * factor * factor)
        for row in 0..<count * height {
            let start = result.count
            for pixel in stride(from: row * width * channels, to: (row + 1) * width * channels, by: channels) {
                for _ in 0..<factor { result += images[pixel..<pixel + channels] }
            }
            let line = Array(result[start...])
            for _ in 1..<factor { result += line }
        }
        return result
    }
}
