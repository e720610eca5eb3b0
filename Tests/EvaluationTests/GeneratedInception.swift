import Evaluation

/// Weights of Inception-v3 by the formula of the golden files: each number from the CRC-32 of its array's name and its
/// index, bit for bit.
enum GeneratedInception {
    static func values(_ name: String, _ shape: [Int]) -> [Float] {
        let count = shape.reduce(1, *)
        let scale: Float
        let shift: Float
        if name.hasSuffix("conv.weight") || name == "fc.weight" {
            scale = Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
            shift = 0
        } else if name.hasSuffix("bn.weight") || name.hasSuffix("running_var") {
            (scale, shift) = (0.25, 1)
        } else {
            (scale, shift) = (0.125, 0)
        }
        let seed = crc32(Array(name.utf8))
        return [Float](unsafeUninitializedCapacity: count) { target, initialized in
            for index in 0..<count {
                var x = seed &+ UInt32(truncatingIfNeeded: index) &* 0x9E37_79B9
                x ^= x >> 16
                x &*= 0x7FEB_352D
                x ^= x >> 15
                x &*= 0x846C_A68B
                x ^= x >> 16
                let u = Float(Int32(x >> 8) - 8_388_608) / 8_388_608
                target[index] = u * scale + shift
            }
            initialized = count
        }
    }

    /// IEEE 802.3, bit by bit: not the product's.
    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { entry in
        var value = UInt32(entry)
        for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        return value
    }
}
