import Kernels

/// A kernel on fixed numbers.
struct Kernel {
    let name: String
    let compute: () -> [Float]

    init(_ name: String, _ compute: @escaping () -> [Float]) {
        self.name = name
        self.compute = compute
    }
}

/// Numbers between −1 and 1, counter-based and exact: the same everywhere.
func numbers(_ count: Int, _ stream: Int) -> BufferView {
    let view = BufferView(count: count)
    Draws.uniforms(key: 0x6B65_726E, firstRow: stream, c2: 0, c3: 0, into: view, rowCount: count)
    Elementwise.affine(view, scale: 2, offset: -1, into: view)
    return view
}

/// Likewise between ½ and 3, for what is divided by or has a logarithm.
func positives(_ count: Int, _ stream: Int) -> BufferView {
    let view = numbers(count, stream)
    return BufferView(view.array.map { 1.75 + 1.25 * $0 })
}

/// FNV-1a of the bits.
func hash(of values: [Float]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            hash = (hash ^ UInt64(value.bitPattern >> shift & 0xFF)) &* 0x100_0000_01B3
        }
    }
    return hash
}

func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// What a double has beside its sign is more than a float holds: both halves of its bits, as floats of its size.
func halves(_ value: Double) -> [Float] {
    [
        Float(bitPattern: UInt32(value.bitPattern >> 32)),
        Float(bitPattern: UInt32(truncatingIfNeeded: value.bitPattern)),
    ]
}
