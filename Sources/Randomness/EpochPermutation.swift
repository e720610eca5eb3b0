/// A permutation of `0 ..< count` that is a pure function of seed and epoch, and needs no memory.
///
/// Four Feistel rounds, keyed by Philox, on the smallest even number of bits that holds `count`; values that fall
/// outside are walked on until they fall inside (cycle walking), at most four steps on average.
public struct EpochPermutation: Sendable {
    public let count: Int
    private let halfBits: UInt32
    private let mask: UInt32
    private let epoch: UInt64
    private let philox: Philox4x32

    /// - Precondition: `count` is positive and below 2³².
    public init(count: Int, seed: UInt64, epoch: UInt64) {
        precondition(count > 0 && count < 1 << 32, "EpochPermutation: count \(count) is not in 1 ..< 2^32")
        self.count = count
        self.epoch = epoch
        var bits: UInt32 = 2
        while 1 << bits < count { bits += 2 }
        halfBits = bits / 2
        mask = (1 << (bits / 2)) - 1
        philox = Philox4x32(key: seed ^ 0x6570_6F63_685F_7065)
    }

    /// The row that stands at `position` in this epoch.
    public subscript(position: Int) -> Int {
        precondition(position >= 0 && position < count, "EpochPermutation: position \(position) of \(count)")
        var value = UInt32(position)
        repeat { value = encrypt(value) } while value >= count
        return Int(value)
    }

    private func encrypt(_ value: UInt32) -> UInt32 {
        var left = value >> halfBits
        var right = value & mask
        for round in 0..<UInt32(4) {
            let word = philox(
                right, round, UInt32(truncatingIfNeeded: epoch), UInt32(truncatingIfNeeded: epoch >> 32))[0]
            (left, right) = (right, (left ^ word) & mask)
        }
        return left << halfBits | right
    }
}
