import Evaluation
import Randomness
import Storage

/// Images turned by quarters, and by how many: the labels of data that has none (arXiv 1803.07728, section 2).
package enum QuarterTurns {
    /// The draw's own stream.
    private static let key: UInt64 = 0x7475_726E_735F_7177

    /// Quarter turns of the sample at a position of the run.
    package static func turns(position: Int, seed: UInt64) -> Int {
        let (low, high) = (UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: position >> 32))
        return Int(Philox4x32(key: seed ^ key)(low, high, 0, 0)[0] % UInt32(FeatureTask.turns))
    }

    /// Each image turned by its own number of quarters, which becomes its label.
    package static func turned(_ minibatch: Minibatch, by turns: [Int]) -> Minibatch {
        precondition(
            minibatch.height == minibatch.width && turns.count == minibatch.count,
            "quarter turns: \(minibatch.count) images of \(minibatch.height)×\(minibatch.width), \(turns.count) turns")
        var result = minibatch
        let size = minibatch.height * minibatch.width * minibatch.channels
        result.images = []
        result.images.reserveCapacity(minibatch.images.count)
        for (n, turn) in turns.enumerated() {
            result.images += turned(
                minibatch.images[n * size..<(n + 1) * size], side: minibatch.height, channels: minibatch.channels,
                by: turn)
        }
        result.labels = turns.map { Int32($0) }
        return result
    }

    /// One image [side, side, channels], turned counter-clockwise.
    static func turned(_ image: ArraySlice<UInt8>, side: Int, channels: Int, by turns: Int) -> [UInt8] {
        guard turns > 0 else { return Array(image) }
        var result = [UInt8](repeating: 0, count: image.count)
        for y in 0..<side {
            for x in 0..<side {
                // Where the pixel that comes to (y, x) stood.
                let (fromY, fromX) =
                    switch turns {
                    case 1: (x, side - 1 - y)
                    case 2: (side - 1 - y, side - 1 - x)
                    default: (side - 1 - x, y)
                    }
                let (target, source) = ((y * side + x) * channels, (fromY * side + fromX) * channels)
                for c in 0..<channels { result[target + c] = image[image.startIndex + source + c] }
            }
        }
        return result
    }
}
