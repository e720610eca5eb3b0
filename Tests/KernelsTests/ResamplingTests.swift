import Kernels
import NumericalTesting
import Testing

/// upfirdn2d of StyleGAN2 in Double: insert zeros, pad, filter, decimate.
private struct Upfirdn {
    let height: Int
    let width: Int
    let channels: Int

    /// Convolution proper (the filter flipped), as upfirdn2d has it.
    func callAsFunction(
        _ x: [Float], batch: Int, up: Int, down: Int, padding: (Int, Int), gain: Double
    ) -> [Double] {
        let filter = [1.0, 3, 3, 1].map { $0 / 8 }
        let paddedHeight = height * up + padding.0 + padding.1
        let paddedWidth = width * up + padding.0 + padding.1
        let outHeight = (paddedHeight - 4) / down + 1
        let outWidth = (paddedWidth - 4) / down + 1
        var out: [Double] = []
        for n in 0..<batch {
            var padded = [Double](repeating: 0, count: paddedHeight * paddedWidth * channels)
            for i in 0..<height {
                for j in 0..<width {
                    for c in 0..<channels {
                        padded[((i * up + padding.0) * paddedWidth + j * up + padding.0) * channels + c] =
                            Double(x[((n * height + i) * width + j) * channels + c])
                    }
                }
            }
            for i in 0..<outHeight {
                for j in 0..<outWidth {
                    for c in 0..<channels {
                        var sum = 0.0
                        for s in 0..<4 {
                            for t in 0..<4 {
                                sum +=
                                    filter[3 - s] * filter[3 - t]
                                    * padded[((i * down + s) * paddedWidth + j * down + t) * channels + c]
                            }
                        }
                        out.append(gain * sum)
                    }
                }
            }
        }
        return out
    }
}

@Suite struct ResamplingTests {
    struct Size: Sendable {
        let batch, height, width, channels: Int
        var count: Int { batch * height * width * channels }
        init(_ batch: Int, _ height: Int, _ width: Int, _ channels: Int) {
            (self.batch, self.height, self.width, self.channels) = (batch, height, width, channels)
        }
    }

    /// The last are split in blocks of rows, and several samples make a block.
    static let any = [
        Size(1, 1, 1, 1), Size(2, 1, 5, 3), Size(2, 5, 1, 3), Size(1, 3, 7, 17), Size(9, 4, 4, 8), Size(2, 64, 40, 16),
    ]
    static let even = [
        Size(1, 2, 2, 1), Size(2, 2, 6, 3), Size(2, 6, 2, 3), Size(1, 4, 8, 17), Size(9, 4, 4, 8), Size(2, 64, 40, 16),
    ]

    private func values(_ count: Int, seed: UInt64) -> [Float] {
        var samples = Samples(seed: seed)
        return samples.floats(count)
    }

    private func up(_ x: [Float], _ size: Size, gain: Float = 1, padding: Padding = .zero) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: 4 * size.count))
        ResamplingKernels.up(
            BufferView(x), into: y, batch: size.batch, height: size.height, width: size.width, channels: size.channels,
            gain: gain, padding: padding)
        return y.array
    }

    private func down(_ x: [Float], _ size: Size, gain: Float = 1, padding: Padding = .zero) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: size.count / 4))
        ResamplingKernels.down(
            BufferView(x), into: y, batch: size.batch, height: size.height, width: size.width, channels: size.channels,
            gain: gain, padding: padding)
        return y.array
    }

    @Test("Upsampling is upfirdn2d with up 2, padding (2, 1), gain 4", arguments: any, [1, 0.5] as [Float])
    func up(size: Size, gain: Float) {
        let x = values(size.count, seed: 1)
        let reference = Upfirdn(height: size.height, width: size.width, channels: size.channels)
        let expected = reference(x, batch: size.batch, up: 2, down: 1, padding: (2, 1), gain: 4 * Double(gain))
        #expect(relativeError(up(x, size, gain: gain), expected) < 2e-7)
    }

    @Test("Downsampling is upfirdn2d with down 2, padding (1, 1)", arguments: even, [1, 3] as [Float])
    func down(size: Size, gain: Float) {
        let x = values(size.count, seed: 2)
        let reference = Upfirdn(height: size.height, width: size.width, channels: size.channels)
        let expected = reference(x, batch: size.batch, up: 1, down: 2, padding: (1, 1), gain: Double(gain))
        #expect(relativeError(down(x, size, gain: gain), expected) < 2e-7)
    }

    @Test("Upsampling is four times the adjoint of downsampling", arguments: any)
    func adjoint(size: Size) {
        let large = Size(size.batch, 2 * size.height, 2 * size.width, size.channels)
        let (x, y) = (values(size.count, seed: 3), values(large.count, seed: 4))
        let (raised, lowered) = (up(x, size), down(y, large))
        let scale = (innerProduct(raised, raised) * innerProduct(y, y)).squareRoot()
        #expect(abs(innerProduct(raised, y) - 4 * innerProduct(x, lowered)) < 2e-7 * scale)
    }

    /// The images with so many more pixels on every side.
    private func extended(_ x: [Float], _ size: Size, by margin: Int, _ padding: Padding) -> ([Float], Size) {
        let large = Size(size.batch, size.height + 2 * margin, size.width + 2 * margin, size.channels)
        var values: [Float] = []
        for n in 0..<size.batch {
            for i in -margin..<size.height + margin {
                for j in -margin..<size.width + margin {
                    let (row, column) = (padding.pixel(i, of: size.height), padding.pixel(j, of: size.width))
                    for c in 0..<size.channels {
                        guard let row, let column else {
                            values.append(0)
                            continue
                        }
                        values.append(x[((n * size.height + row) * size.width + column) * size.channels + c])
                    }
                }
            }
        }
        return (values, large)
    }

    private func cropped(_ x: [Double], _ size: Size, by margin: Int) -> [Double] {
        (0..<x.count).filter { index in
            let pixel = index / size.channels % (size.height * size.width)
            let (row, column) = (pixel / size.width, pixel % size.width)
            return row >= margin && row < size.height - margin && column >= margin && column < size.width - margin
        }.map { x[$0] }
    }

    /// - Parameter reach: pixels by which the map is extended.
    private func resampled(
        _ x: [Float], _ size: Size, _ padding: Padding, reach: Int, up: Int, down: Int, pads: (Int, Int), gain: Double
    ) -> [Double] {
        let (larger, large) = extended(x, size, by: reach, padding)
        let reference = Upfirdn(height: large.height, width: large.width, channels: size.channels)
        let all = reference(larger, batch: size.batch, up: up, down: down, padding: pads, gain: gain)
        let result = Size(size.batch, large.height * up / down, large.width * up / down, size.channels)
        return cropped(all, result, by: reach * up / down)
    }

    @Test("Upsampling with a padding is that of the map extended by it, cropped", arguments: any, Padding.allCases)
    func paddedUp(size: Size, padding: Padding) {
        let x = values(size.count, seed: 5)
        let expected = resampled(x, size, padding, reach: 1, up: 2, down: 1, pads: (2, 1), gain: 2)
        #expect(relativeError(up(x, size, gain: 0.5, padding: padding), expected) < 2e-7)
    }

    @Test("Downsampling with a padding is that of the map extended by it, cropped", arguments: even, Padding.allCases)
    func paddedDown(size: Size, padding: Padding) {
        let x = values(size.count, seed: 6)
        let expected = resampled(x, size, padding, reach: 2, up: 1, down: 2, pads: (1, 1), gain: 3)
        #expect(relativeError(down(x, size, gain: 3, padding: padding), expected) < 2e-7)
    }

    @Test("The adjoints are adjoint", arguments: any, Padding.allCases)
    func paddedAdjoints(size: Size, padding: Padding) {
        let large = Size(size.batch, 2 * size.height, 2 * size.width, size.channels)
        let (x, y) = (values(size.count, seed: 7), values(large.count, seed: 8))
        let (back, forth) = (BufferView(count: size.count), BufferView(count: large.count))
        ResamplingKernels.upAdjoint(
            BufferView(y), into: back, batch: size.batch, height: size.height, width: size.width,
            channels: size.channels, gain: 0.5, padding: padding)
        ResamplingKernels.downAdjoint(
            BufferView(x), into: forth, batch: size.batch, height: large.height, width: large.width,
            channels: size.channels, gain: 3, padding: padding)
        let scale = (innerProduct(x, x) * innerProduct(y, y)).squareRoot()
        let raised = innerProduct(up(x, size, gain: 0.5, padding: padding), y)
        let lowered = innerProduct(down(y, large, gain: 3, padding: padding), x)
        #expect(abs(raised - innerProduct(x, back.array)) < 4e-7 * scale)
        #expect(abs(lowered - innerProduct(y, forth.array)) < 4e-7 * scale)
    }
}
