import Kernels
import NumericalTesting
import Testing

/// Operands of one rank whose axes are the common ones or 1, and naive loops over them.
struct BroadcastReference: Sendable, CustomTestStringConvertible {
    let shape: [Int]
    let a: [Int]
    let b: [Int]
    /// What a contraction keeps.
    let kept: [Int]
    let seed: UInt64

    var testDescription: String { "\(a) with \(b) in \(shape) to \(kept)" }

    init(_ shape: [Int], _ a: [Int], _ b: [Int], _ kept: [Int], seed: UInt64 = 1) {
        (self.shape, self.a, self.b, self.kept, self.seed) = (shape, a, b, kept, seed)
    }

    /// Split into parts: along rows, along outer axes, along a summed first axis, along a kept one.
    static let large: [BroadcastReference] = [
        BroadcastReference([200_003], [200_003], [200_003], [1]),
        BroadcastReference([300, 700], [300, 700], [1, 700], [1, 700]),
        BroadcastReference([300, 700], [300, 700], [300, 1], [300, 1]),
        BroadcastReference([40, 50, 60], [40, 1, 60], [40, 50, 1], [1, 50, 1]),
        BroadcastReference([7, 33, 31, 37], [7, 33, 31, 37], [7, 1, 1, 37], [7, 1, 1, 37]),
        BroadcastReference([9, 33, 31, 37], [9, 33, 31, 37], [9, 33, 31, 37], [1, 1, 1, 37]),
        BroadcastReference([6, 17, 5, 19, 23], [6, 1, 5, 19, 1], [1, 17, 5, 1, 23], [1, 17, 1, 19, 1]),
    ]

    /// Rank 1 to 5, every axis of every operand 1 with probability ⅓.
    static let random: [BroadcastReference] = {
        var samples = Samples(seed: 2026)
        return (0..<400).map { index in
            let rank = index % 5 + 1
            let shape = (0..<rank).map { _ in samples.int(1...6) }
            func narrowed() -> [Int] { shape.map { samples.int(0...2) == 0 ? 1 : $0 } }
            return BroadcastReference(shape, narrowed(), narrowed(), narrowed(), seed: UInt64(index))
        }
    }()

    /// The shape in which products are formed: an axis that is 1 everywhere counts once.
    private func common(_ shapes: [Int]...) -> [Int] {
        shape.indices.map { axis in shapes.map { $0[axis] }.max() ?? 1 }
    }

    private func values(_ shape: [Int], _ stream: UInt64) -> [Float] {
        var samples = Samples(seed: seed * 2 + stream)
        return samples.floats(shape.reduce(1, *))
    }
    var x: [Float] { values(a, 0) }
    var y: [Float] { values(b, 1) }

    /// Calls `body` for every index of `shape` with the offset in each operand.
    private func forEach(_ shape: [Int], _ operands: [[Int]], _ body: ([Int]) -> Void) {
        for flat in 0..<shape.reduce(1, *) {
            var rest = flat
            var offsets = [Int](repeating: 0, count: operands.count)
            var strides = [Int](repeating: 1, count: operands.count)
            for axis in shape.indices.reversed() {
                let i = rest % shape[axis]
                rest /= shape[axis]
                for k in operands.indices {
                    if operands[k][axis] != 1 { offsets[k] += i * strides[k] }
                    strides[k] *= operands[k][axis]
                }
            }
            body(offsets)
        }
    }

    /// In single precision, as one rounding is all there is.
    func expectedBinary(_ operation: (Float, Float) -> Float) -> [Float] {
        let (x, y) = (x, y)
        var out: [Float] = []
        forEach(shape, [a, b]) { out.append(operation(x[$0[0]], y[$0[1]])) }
        return out
    }

    /// The sums, and the sums of magnitudes: what rounding is relative to.
    func expectedContraction(second: Bool = true) -> (sums: [Double], magnitudes: [Double]) {
        let (x, y) = (x, y)
        var sums = [Double](repeating: 0, count: kept.reduce(1, *))
        var magnitudes = sums
        forEach(second ? common(a, b, kept) : common(a, kept), [a, b, kept]) {
            let term = Double(x[$0[0]]) * (second ? Double(y[$0[1]]) : 1)
            sums[$0[2]] += term
            magnitudes[$0[2]] += abs(term)
        }
        return (sums, magnitudes)
    }

    func binary(_ operation: Broadcast.Operation) -> [Float] {
        let out = BufferView([Float](repeating: .nan, count: shape.reduce(1, *)))
        Broadcast.binary(operation, BufferView(x), a, BufferView(y), b, into: out, shape: shape)
        return out.array
    }

    func contraction() -> [Float] {
        let out = BufferView([Float](repeating: .nan, count: kept.reduce(1, *)))
        Broadcast.contract(BufferView(x), a, BufferView(y), b, into: out, kept)
        return out.array
    }

    func sum() -> [Float] {
        let out = BufferView([Float](repeating: .nan, count: kept.reduce(1, *)))
        Broadcast.contract(BufferView(x), a, nil, nil, into: out, kept)
        return out.array
    }
}

@Suite struct BroadcastTests {
    @Test("Sums, differences and products against naive loops")
    func binary() {
        for shapes in BroadcastReference.random + BroadcastReference.large {
            #expect(shapes.binary(.add) == shapes.expectedBinary(+), "\(shapes)")
            #expect(shapes.binary(.subtract) == shapes.expectedBinary(-), "\(shapes)")
            #expect(shapes.binary(.multiply) == shapes.expectedBinary(*), "\(shapes)")
        }
    }

    /// Vector lanes keep partial sums short: 2⁻²⁴ per term of a few hundred, at worst.
    @Test("Contractions and sums against naive loops in Double")
    func contract() {
        for shapes in BroadcastReference.random + BroadcastReference.large {
            for second in [true, false] {
                let found = second ? shapes.contraction() : shapes.sum()
                let expected = shapes.expectedContraction(second: second)
                for i in found.indices {
                    let error = abs(Double(found[i]) - expected.sums[i]) / expected.magnitudes[i]
                    #expect(error < 2e-6, "\(shapes), element \(i)")
                }
            }
        }
    }

    @Test("Parts of larger buffers are read and written where they lie")
    func offsets() {
        let x = BufferView((0..<10).map(Float.init))
        let out = BufferView([Float](repeating: -1, count: 6))
        Broadcast.binary(.add, x.slice(2, 3), [3], x.slice(7, 1), [1], into: out.slice(1, 3), shape: [3])
        #expect(out.array == [-1, 9, 10, 11, -1, -1])
        Broadcast.contract(x.slice(2, 3), [3], x.slice(7, 3), [3], into: out.slice(5, 1), [1])
        #expect(out.array == [-1, 9, 10, 11, -1, 74])
    }

    @Test("A sum over no elements is zero")
    func empty() {
        let out = BufferView([Float](repeating: .nan, count: 3))
        Broadcast.contract(BufferView([]), [0, 3], nil, nil, into: out, [1, 3])
        #expect(out.array == [0, 0, 0])
        Broadcast.contract(BufferView([]), [0, 3], BufferView([1, 2, 3]), [1, 3], into: out, [1, 3])
        #expect(out.array == [0, 0, 0])
        Broadcast.binary(
            .add, BufferView([]), [0, 3], BufferView([1, 2, 3]), [1, 3], into: BufferView([]), shape: [0, 3])
    }
}
