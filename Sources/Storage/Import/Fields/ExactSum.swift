import Foundation

/// A sum of floating-point numbers without rounding: any order and any split into parts gives the same bits.
///
/// A fixed-point number of all the bits that a double can have, in limbs of 32 bits with room for carries: Kulisch's
/// accumulator ("Very fast and exact accumulation of products", Computing 91, 2011).
public struct ExactSum: Sendable {
    /// Limb i counts 2^(32 i − 1074).
    private var limbs = [Int64](repeating: 0, count: Self.count)
    /// Numbers added since carries were last passed on.
    private var pending = 0

    private static let count = 68
    private static let mostPending = 1 << 28

    public init() {}

    /// - Precondition: `value` is finite.
    public mutating func add(_ value: Double) {
        precondition(value.isFinite, "ExactSum: \(value)")
        let bits = value.bitPattern
        let exponent = Int(bits >> 52 & 0x7FF)
        let mantissa = bits & (1 << 52 - 1) | (exponent == 0 ? 0 : 1 << 52)
        guard mantissa != 0 else { return }
        let position = max(exponent, 1) - 1
        let (limb, shift) = (position >> 5, UInt64(position & 31))
        let low = (mantissa & 0xFFFF_FFFF) << shift
        let high = (mantissa >> 32) << shift
        let parts = (
            Int64(low & 0xFFFF_FFFF), Int64(low >> 32) + Int64(high & 0xFFFF_FFFF), Int64(high >> 32)
        )
        if value < 0 {
            limbs[limb] -= parts.0
            limbs[limb + 1] -= parts.1
            limbs[limb + 2] -= parts.2
        } else {
            limbs[limb] += parts.0
            limbs[limb + 1] += parts.1
            limbs[limb + 2] += parts.2
        }
        pending += 1
        if pending == Self.mostPending { carry() }
    }

    /// Adds the square of a number, exactly.
    ///
    /// - Precondition: it is finite, and so is its square.
    public mutating func add(squareOf value: Double) {
        let square = value * value
        add(square)
        add((-square).addingProduct(value, value))
    }

    public mutating func merge(_ other: ExactSum) {
        carry()
        var other = other
        other.carry()
        for index in limbs.indices { limbs[index] += other.limbs[index] }
        pending = 2
    }

    /// Passes carries on: every limb but the last is in 0 ..< 2³² then, and equal sums have equal limbs.
    private mutating func carry() {
        var carried: Int64 = 0
        for index in 0..<Self.count - 1 {
            let sum = limbs[index] + carried
            limbs[index] = sum & 0xFFFF_FFFF
            carried = sum >> 32
        }
        limbs[Self.count - 1] += carried
        pending = 0
    }

    /// The sum, rounded once to the nearest double.
    public var value: Double {
        var sum = self
        sum.carry()
        let isNegative = sum.limbs[Self.count - 1] < 0
        if isNegative {
            for index in sum.limbs.indices { sum.limbs[index] = -sum.limbs[index] }
            sum.carry()
        }
        guard let top = sum.limbs.lastIndex(where: { $0 != 0 }) else { return 0 }
        // The first 64 bits; what is behind them only decides ties.
        func limb(_ index: Int) -> UInt64 { index >= 0 ? UInt64(truncatingIfNeeded: sum.limbs[index]) : 0 }
        let zeros = UInt64(limb(top).leadingZeroBitCount)
        // The last limb alone may have more than 32 bits; doubles never fill it so far.
        guard zeros >= 32 else { return isNegative ? -.infinity : .infinity }
        let shift = zeros - 32
        var window = limb(top) << 32 | limb(top - 1)
        var rest = limb(top - 2)
        if shift > 0 {
            window = window << shift | rest >> (32 - shift)
            rest &= (1 << (32 - shift)) - 1
        }
        if rest != 0 || (0..<max(0, top - 2)).contains(where: { sum.limbs[$0] != 0 }) { window |= 1 }
        let value = scalbn(Double(window), 32 * (top - 1) - Int(shift) - 1074)
        return isNegative ? -value : value
    }

    /// The sum as two doubles: ``value``, and what it lacks.
    var parts: (high: Double, low: Double) {
        let high = value
        guard high.isFinite else { return (high, 0) }
        var rest = self
        rest.add(-high)
        return (high, rest.value)
    }
}
