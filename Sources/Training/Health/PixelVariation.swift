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

    /// The same of fields, as networks see them.
    ///
    /// - Parameter fields: N×H×W×C.
    package static func of(fields: [Float], count: Int) -> Double {
        guard count > 1 else { return 0 }
        let size = fields.count / count
        var total = 0.0
        for position in 0..<size {
            var sum = 0.0
            for field in 0..<count { sum += Double(fields[field * size + position]) }
            let mean = sum / Double(count)
            for field in 0..<count {
                let difference = Double(fields[field * size + position]) - mean
                total += difference * difference
            }
        }
        return total / Double(count * max(1, size))
    }
}
