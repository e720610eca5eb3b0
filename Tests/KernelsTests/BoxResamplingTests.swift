import Kernels
import NumericalTesting
import Testing

@Suite struct BoxResamplingTests {
    struct Size: Sendable {
        let batch, height, width, channels: Int
        var count: Int { batch * height * width * channels }
        init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
            (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
        }

        func index(_ n: Int, _ i: Int, _ j: Int, _ c: Int) -> Int { ((n * height + i) * width + j) * channels + c }
    }

    /// The last are split in blocks of rows, and several samples make a block.
    static let sizes = [
        Size(1, 1, 1, 1), Size(2, 1, 5, 3), Size(2, 5, 1, 3), Size(1, 3, 7, 17), Size(9, 4, 4, 8), Size(2, 64, 40, 16),
    ]

    private func up(_ x: [Float], _ size: Size, gain: Float = 1) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: 4 * size.count))
        BoxResampling.up(
            BufferView(x), into: y, batch: size.batch, height: size.height, width: size.width, channels: size.channels,
            gain: gain)
        return y.array
    }

    private func down(_ x: [Float], _ size: Size, gain: Float = 1) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: size.count / 4))
        BoxResampling.down(
            BufferView(x), into: y, batch: size.batch, height: size.height, width: size.width, channels: size.channels,
            gain: gain)
        return y.array
    }

    @Test("Upsampling repeats every pixel four times", arguments: sizes, [1, 0.5] as [Float])
    func up(size: Size, gain: Float) {
        var samples = Samples(seed: 1)
        let x = samples.floats(size.count)
        let large = Size(size.batch, 2 * size.height, 2 * size.width, size.channels)
        let y = up(x, size, gain: gain)
        for n in 0..<large.batch {
            for i in 0..<large.height {
                for j in 0..<large.width {
                    for c in 0..<large.channels
                    where y[large.index(n, i, j, c)] != gain * x[size.index(n, i / 2, j / 2, c)] {
                        Issue.record("\(n), \(i), \(j), \(c)")
                    }
                }
            }
        }
    }

    @Test("Upsampling and adding in one pass", arguments: sizes)
    func upAdded(size: Size) {
        var samples = Samples(seed: 4)
        let (x, y) = (samples.floats(size.count), samples.floats(4 * size.count))
        let sum = BufferView([Float](repeating: .nan, count: y.count))
        BoxResampling.upAdded(
            BufferView(x), to: BufferView(y), into: sum, batch: size.batch, height: size.height, width: size.width,
            channels: size.channels)
        #expect(sum.array == zip(up(x, size), y).map { $0 + $1 })
    }

    @Test("Downsampling averages four pixels", arguments: sizes, [1, 3] as [Float])
    func down(size: Size, gain: Float) {
        var samples = Samples(seed: 2)
        let large = Size(size.batch, 2 * size.height, 2 * size.width, size.channels)
        let x = samples.floats(large.count)
        var expected = [Double](repeating: 0, count: size.count)
        for n in 0..<large.batch {
            for i in 0..<large.height {
                for j in 0..<large.width {
                    for c in 0..<large.channels {
                        expected[size.index(n, i / 2, j / 2, c)] += Double(gain * x[large.index(n, i, j, c)]) / 4
                    }
                }
            }
        }
        #expect(relativeError(down(x, large, gain: gain), expected) < 2e-7)
    }

    @Test("Upsampling is four times the adjoint of downsampling, and undone by it", arguments: sizes)
    func adjoint(size: Size) {
        let large = Size(size.batch, 2 * size.height, 2 * size.width, size.channels)
        var samples = Samples(seed: 3)
        let (x, y) = (samples.floats(size.count), samples.floats(large.count))
        let (raised, lowered) = (up(x, size), down(y, large))
        let scale = (innerProduct(raised, raised) * innerProduct(y, y)).squareRoot()
        #expect(abs(innerProduct(raised, y) - 4 * innerProduct(x, lowered)) < 2e-7 * scale)
        #expect(down(raised, large) == x)
    }
}
