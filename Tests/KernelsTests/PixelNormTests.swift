import Kernels
import NumericalTesting
import Testing

@Suite struct PixelNormTests {
    /// The last is dealt to threads in several parts.
    @Test("x / √(mean x² + 1e-8) and its gradient, per pixel", arguments: [(1, 1), (5, 3), (9, 17), (300, 128)])
    func definition(pixels: Int, channels: Int) {
        var samples = Samples(seed: 1)
        let x = samples.floats(pixels * channels, -3...3)
        let g = samples.floats(x.count)
        var (expected, gradient) = ([Double](), [Double]())
        for pixel in 0..<pixels {
            let range = pixel * channels..<(pixel + 1) * channels
            let (row, slope) = (x[range].map(Double.init), g[range].map(Double.init))
            let power = row.reduce(0) { $0 + $1 * $1 } / Double(channels) + 1e-8
            let inner = zip(row, slope).reduce(0) { $0 + $1.0 * $1.1 } / Double(channels)
            expected += row.map { $0 / power.squareRoot() }
            gradient += zip(row, slope).map { ($1 - $0 * inner / power) / power.squareRoot() }
        }
        let (y, gx) = (BufferView(count: x.count), BufferView(count: x.count))
        PixelNorm.forward(BufferView(x), channels: channels, into: y)
        #expect(relativeError(y.array, expected) < 3e-7)
        PixelNorm.gradient(BufferView(g), BufferView(x), channels: channels, into: gx)
        // With one channel the gradient is what is left of a difference of equal numbers.
        if channels > 1 { #expect(relativeError(gx.array, gradient) < 2e-6) }
    }

    @Test("A pixel of zeros stays zero, and its gradient is finite")
    func zeros() {
        let (x, y, gx) = (BufferView([0, 0, 0]), BufferView(count: 3), BufferView(count: 3))
        PixelNorm.forward(x, channels: 3, into: y)
        #expect(y.array == [0, 0, 0])
        PixelNorm.gradient(BufferView([1, -2, 0]), x, channels: 3, into: gx)
        #expect(relativeError(gx.array, [1e4, -2e4, 0] as [Float]) < 1e-6)
    }
}
