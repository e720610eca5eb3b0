/// Shrinks semantic maps by a whole factor: each new pixel is the value that most pixels of its block have.
///
/// Classes have no mean. Of values that are equally frequent the smallest is taken, so that flipping a map before or
/// after makes no difference, which taking a fixed pixel of each block would.
public enum MajorityFilter {
    /// The maps with each `factor` × `factor` block of pixels as one.
    ///
    /// - Parameters:
    ///   - maps: uint8 [count, height, width].
    ///   - factor: divides height and width.
    /// - Returns: uint8 [count, height / factor, width / factor].
    public static func down(_ maps: [UInt8], count: Int, height: Int, width: Int, factor: Int) -> [UInt8] {
        precondition(
            maps.count == count * height * width, "MajorityFilter: \(maps.count) bytes for \(count)x\(height)x\(width)")
        precondition(
            factor > 0 && height % factor == 0 && width % factor == 0,
            "MajorityFilter: \(height)x\(width) by \(factor)")
        if factor == 1 { return maps }
        var result: [UInt8] = []
        result.reserveCapacity(maps.count / (factor * factor))
        var frequencies = [Int](repeating: 0, count: 256)
        for row in 0..<count * (height / factor) {
            for column in 0..<width / factor {
                let corner = (row * width + column) * factor
                let lines = stride(from: corner, to: corner + factor * width, by: width)
                for line in lines {
                    for at in line..<line + factor { frequencies[Int(maps[at])] += 1 }
                }
                var (most, winner) = (0, UInt8.max)
                for line in lines {
                    for value in maps[line..<line + factor] {
                        let frequency = frequencies[Int(value)]
                        if (frequency, winner) > (most, value) { (most, winner) = (frequency, value) }
                    }
                }
                for line in lines {
                    for at in line..<line + factor { frequencies[Int(maps[at])] = 0 }
                }
                result.append(winner)
            }
        }
        return result
    }
}
