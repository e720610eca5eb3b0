import Randomness

/// Random numbers for one image, in the order in which they are asked for: a pure function of seed and image.
struct ShapeDraws {
    private let philox: Philox4x32
    private let image: UInt64
    private var block: UInt32 = 0
    private var words = SIMD4<UInt32>()
    private var used = 4

    init(seed: UInt64, image: Int) {
        philox = Philox4x32(key: seed ^ 0x7379_6E74_6865_7369)
        self.image = UInt64(image)
    }

    mutating func word() -> UInt32 {
        if used == 4 {
            words = philox(UInt32(truncatingIfNeeded: image), UInt32(truncatingIfNeeded: image >> 32), block, 0)
            block += 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// Uniform in `range`.
    mutating func uniform(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * Float(word() >> 8) * 0x1p-24
    }

    /// Uniform in `0 ..< count`.
    mutating func index(_ count: Int) -> Int { Int((UInt64(word()) * UInt64(count)) >> 32) }
}

/// Red, green, blue in 0…1.
typealias Color = SIMD3<Float>

extension Color {
    /// From hue, saturation and value in 0…1.
    init(hue: Float, saturation: Float, value: Float) {
        func channel(_ offset: Float) -> Float {
            let k = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
            return value * (1 - saturation * Swift.max(0, Swift.min(k, Swift.min(4 - k, 1))))
        }
        self.init(channel(5), channel(3), channel(1))
    }

    func mixed(with other: Color, _ amount: Float) -> Color { self + (other - self) * amount }
}
