/// Shrinks images by a power of two: each new pixel is the mean of the block that it covers.
///
/// The reference's rule (progressive growing, arXiv 1710.10196, `dataset_tool.py`): the exact mean, rounded to the
/// nearest integer, ties to the even one. Integer arithmetic has the same bits everywhere. Flipping an image before or
/// after makes no difference.
public enum BoxFilter {
    /// The sum over a block stays below 2³².
    private static let largestFactor = 4096

    /// The images with each `factor` × `factor` block of pixels as one.
    ///
    /// - Parameters:
    ///   - images: uint8 [count, height, width, channels].
    ///   - factor: a power of two up to 4096 that divides height and width.
    /// - Returns: uint8 [count, height / factor, width / factor, channels].
    public static func down(
        _ images: [UInt8], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [UInt8] {
        precondition(
            images.count == count * height * width * channels,
            "BoxFilter: \(images.count) bytes for \(count)x\(height)x\(width)x\(channels)")
        precondition(
            DatasetFormat.isPowerOfTwo(factor) && factor <= largestFactor && height % factor == 0
                && width % factor == 0, "BoxFilter: \(height)x\(width) by \(factor)")
        if factor == 1 { return images }
        let (rows, columns, rowSize) = (count * (height / factor), width / factor, width * channels)
        let shift = UInt32(2 * factor.trailingZeroBitCount)
        let nearlyHalf = (1 << (shift - 1)) - 1 as UInt32
        return [UInt8](unsafeUninitializedCapacity: rows * columns * channels) { target, done in
            images.withUnsafeBufferPointer { source in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: rowSize) { sums in
                    for row in 0..<rows {
                        sums.initialize(repeating: 0)
                        for line in row * factor..<(row + 1) * factor {
                            for i in 0..<rowSize { sums[i] &+= UInt32(source[line * rowSize + i]) }
                        }
                        for column in 0..<columns {
                            for channel in 0..<channels {
                                var sum: UInt32 = 0
                                for x in column * factor..<(column + 1) * factor {
                                    sum &+= sums[x * channels + channel]
                                }
                                // What is above one half is carried over, and one half itself where the quotient is odd.
                                let rounded = (sum &+ nearlyHalf &+ (sum >> shift & 1)) >> shift
                                target[(row * columns + column) * channels + channel] = UInt8(
                                    truncatingIfNeeded: rounded)
                            }
                        }
                    }
                }
            }
            done = rows * columns * channels
        }
    }
}
