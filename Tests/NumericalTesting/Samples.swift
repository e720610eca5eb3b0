/// Random test data: the same for the same seed.
///
/// Not the product's generator, which is under test itself.
public struct Samples {
    private var state: UInt64

    public init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    public mutating func word() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(word() >> 33) % range.count
    }

    /// Uniform on [lower, upper).
    public mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * Float(word() >> 40) * 0x1p-24
        }
    }

    /// ±magnitude, magnitudes uniform on `range`: values that keep their distance from a kink at zero.
    public mutating func signed(_ count: Int, _ range: ClosedRange<Float>) -> [Float] {
        floats(count, range).map { word() & 1 == 0 ? $0 : -$0 }
    }
}

/// ‖a − b‖ / ‖b‖; ‖a‖ where b is zero, NaN where either is, ∞ where their sizes differ.
public func relativeError(_ a: [Float], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    var (difference, norm) = (0.0, 0.0)
    for (value, expected) in zip(a, b) {
        difference += (Double(value) - expected) * (Double(value) - expected)
        norm += expected * expected
    }
    return norm == 0 ? difference.squareRoot() : (difference / norm).squareRoot()
}

public func relativeError(_ a: [Float], _ b: [Float]) -> Double { relativeError(a, b.map(Double.init)) }

/// Σ a·b in Double.
public func innerProduct(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "inner product: \(a.count) values and \(b.count)")
    return zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
