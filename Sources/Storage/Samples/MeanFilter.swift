/// Shrinks samples of numbers by a whole factor: each new value is the mean of the block that it covers.
///
/// The sums are taken in double precision and in a fixed order, down each column of a block and then across: the same bits
/// everywhere. See ``BoxFilter`` for bytes.
public enum MeanFilter {
    /// - Parameters:
    ///   - values: [count, height, width, channels].
    ///   - factor: divides height and width.
    /// - Returns: [count, height / factor, width / factor, channels].
    public static func down(
        _ values: [Float], count: Int, height: Int, width: Int, channels: Int, factor: Int
    ) -> [Float] {
        precondition(
            values.count == count * height * width * channels,
            "MeanFilter: \(values.count) values for \(count)x\(height)x\(width)x\(channels)")
        precondition(
            factor > 0 && height % factor == 0 && width % factor == 0, "MeanFilter: \(height)x\(width) by \(factor)")
        if factor == 1 { return values }
        let (rows, columns, rowSize) = (count * (height / factor), width / factor, width * channels)
        let area = Double(factor * factor)
        return [Float](unsafeUninitializedCapacity: rows * columns * channels) { target, done in
            values.withUnsafeBufferPointer { source in
                withUnsafeTemporaryAllocation(of: Double.self, capacity: rowSize) { sums in
                    for row in 0..<rows {
                        sums.initialize(repeating: 0)
                        for line in row * factor..<(row + 1) * factor {
                            for i in 0..<rowSize { sums[i] += Double(source[line * rowSize + i]) }
                        }
                        for column in 0..<columns {
                            for channel in 0..<channels {
                                var sum = 0.0
                                for x in column * factor..<(column + 1) * factor { sum += sums[x * channels + channel] }
                                target[(row * columns + column) * channels + channel] = Float(sum / area)
                            }
                        }
                    }
                }
            }
            done = rows * columns * channels
        }
    }
}
