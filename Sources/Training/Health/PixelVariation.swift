/// How much images differ from one another, pixel by pixel.
package enum PixelVariation {
    /// The variance of each value over the images, its mean over all values.
    ///
    /// - Parameter images: uint8 N×H×W×C.
    /// - Returns: 0 where there are fewer than two images.
    package static func of(_ images: [UInt8], count: Int) -> Double {
        guard count > 1 else { return 0 }
        let size = images.count / count
        var total = 0
        for position in 0..<size {
            var (sum, squares) = (0, 0)
            for image in 0..<count {
                let value = Int(images[image * size + position])
                sum += value
                squares += value * value
            }
            // N² times the variance, in whole numbers.
            total += count * squares - sum * sum
        }
        return Double(total) / Double(count * count * max(1, size))
    }
}
