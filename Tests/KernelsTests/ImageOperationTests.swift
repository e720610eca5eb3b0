import Kernels
import NumericalTesting
import Testing

/// Colours, filters and shifts of each sample on its own.
@Suite struct ImageOperationTests {
    struct Size: Sendable {
        let height, width, channels: Int
        var count: Int { height * width * channels }
        init(_ height: Int, _ width: Int, _ channels: Int) {
            (self.height, self.width, self.channels) = (height, width, channels)
        }
    }

    static let sizes = [Size(9, 14, 1), Size(32, 33, 3), Size(1, 1, 2), Size(2, 5, 20)]

    @Test("Colours are those of the matrix", arguments: [1, 3])
    func recolored(channels: Int) {
        var samples = Samples(seed: 1)
        let pixels = 7001
        let x = samples.floats(3 * pixels * channels)
        let matrices = (0..<2).map { _ in samples.floats(channels * channels) }
        let offsets = (0..<2).map { _ in samples.floats(channels) }
        let colors = zip(matrices, offsets).map { Recoloring.Colors(matrix: $0, offset: $1) }
        let y = BufferView([Float](repeating: .nan, count: x.count))
        Recoloring.apply(
            BufferView(x), into: y, transforms: [colors[0], nil, colors[1]],
            pixels: pixels, channels: channels)
        var expected: [Double] = []
        for sample in 0..<3 {
            for pixel in 0..<pixels {
                let color = (0..<channels).map { Double(x[(sample * pixels + pixel) * channels + $0]) }
                guard sample != 1 else {
                    expected += color
                    continue
                }
                for row in 0..<channels {
                    var sum = Double(offsets[sample / 2][row])
                    for column in 0..<channels {
                        sum += Double(matrices[sample / 2][row * channels + column]) * color[column]
                    }
                    expected.append(sum)
                }
            }
        }
        #expect(relativeError(y.array, expected) < 1e-7)
        let untouched = pixels * channels..<2 * pixels * channels
        #expect(Array(y.array[untouched]) == Array(x[untouched]))
    }

    /// There and back again and again: 0 1 2 1 0 1 2 …
    private func reflected(_ i: Int, _ n: Int) -> Int {
        var i = i
        while i < 0 || i >= n { i = n == 1 ? 0 : i < 0 ? -i : 2 * (n - 1) - i }
        return i
    }

    private func filtered(_ x: [Float], _ taps: [[Float]?], _ size: Size) -> [Float] {
        let y = BufferView([Float](repeating: .nan, count: x.count))
        ImageFiltering.forward(
            BufferView(x), into: y, taps: taps, height: size.height, width: size.width, channels: size.channels)
        return y.array
    }

    private func spread(_ y: [Float], _ taps: [[Float]?], _ size: Size) -> [Float] {
        let x = BufferView([Float](repeating: .nan, count: y.count))
        ImageFiltering.adjoint(
            BufferView(y), into: x, taps: taps, height: size.height, width: size.width, channels: size.channels)
        return x.array
    }

    /// Longer than most of the images, as ADA's 43 taps are.
    @Test("Filters are sums of taps over reflected pixels", arguments: sizes, [1, 2, 5, 43])
    func filter(size: Size, count: Int) {
        var samples = Samples(seed: 2)
        let (x, taps) = (samples.floats(size.count), samples.floats(count))
        func pixel(_ i: Int, _ j: Int, _ c: Int) -> Double {
            Double(x[(reflected(i, size.height) * size.width + reflected(j, size.width)) * size.channels + c])
        }
        var expected: [Double] = []
        for i in 0..<size.height {
            for j in 0..<size.width {
                for c in 0..<size.channels {
                    var sum = 0.0
                    for s in 0..<count {
                        var row = 0.0
                        for t in 0..<count { row += Double(taps[t]) * pixel(i + s - count / 2, j + t - count / 2, c) }
                        sum += Double(taps[s]) * row
                    }
                    expected.append(sum)
                }
            }
        }
        #expect(relativeError(filtered(x, [taps], size), expected) < 1e-6)
        let y = samples.floats(size.count)
        let (there, back) = (innerProduct(filtered(x, [taps], size), y), innerProduct(x, spread(y, [taps], size)))
        let scale = (expected.reduce(0) { $0 + $1 * $1 } * innerProduct(y, y)).squareRoot()
        #expect(abs(there - back) < 1e-6 * scale)
    }

    @Test("A filtered sample alone is as in any batch, and as it was where it has no filter", arguments: sizes)
    func filteredSamples(size: Size) {
        var samples = Samples(seed: 3)
        let batch: [[Float]?] = [samples.floats(7), nil, samples.floats(3), nil]
        let x = samples.floats(4 * size.count)
        let (together, back) = (filtered(x, batch, size), spread(x, batch, size))
        for (index, taps) in batch.enumerated() {
            let range = index * size.count..<(index + 1) * size.count
            let alone = Array(x[range])
            #expect(Array(together[range]) == (taps == nil ? alone : filtered(alone, [taps], size)))
            #expect(Array(back[range]) == (taps == nil ? alone : spread(alone, [taps], size)))
        }
    }

    @Test("A shift moves pixels, and zeros come in", arguments: sizes)
    func shifted(size: Size) {
        var samples = Samples(seed: 4)
        let moves = [(0, 0), (1, -2), (-3, 1), (size.height, 0), (0, -size.width), (100, 100), (Int.max, Int.max)]
        let x = samples.floats(moves.count * size.count)
        let y = BufferView([Float](repeating: .nan, count: x.count))
        Shifting.apply(
            BufferView(x), into: y, rows: moves.map(\.0), columns: moves.map(\.1), height: size.height,
            width: size.width, channels: size.channels)
        var expected: [Float] = []
        for (sample, move) in moves.enumerated() {
            for i in 0..<size.height {
                for j in 0..<size.width {
                    let (row, column) = (i &+ move.0, j &+ move.1)
                    let isInside = row >= 0 && row < size.height && column >= 0 && column < size.width
                    for c in 0..<size.channels {
                        guard isInside else {
                            expected.append(0)
                            continue
                        }
                        expected.append(x[((sample * size.height + row) * size.width + column) * size.channels + c])
                    }
                }
            }
        }
        #expect(y.array == expected)
    }
}
