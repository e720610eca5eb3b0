import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct GroupedConvolutionTests {
    /// Sides of one pixel, odd ones, rectangles; groups that fill vectors and that do not; blocks of groups, parts of the
    /// images and strips of their rows.
    static let shapes = [
        (1, 1, 1, 1, 1), (2, 3, 5, 6, 3), (1, 4, 2, 15, 5), (2, 5, 7, 48, 3), (3, 4, 4, 320, 20), (2, 8, 9, 40, 2),
        (1, 2, 2, 70, 2), (5, 3, 6, 24, 3), (20, 2, 3, 64, 4), (6, 18, 18, 68, 17), (1, 40, 128, 32, 2),
    ].map { GroupedConvolution(batch: $0.0, height: $0.1, width: $0.2, channels: $0.3, groups: $0.4) }

    @Test("Against the definition in Double", arguments: shapes)
    func definition(_ shape: GroupedConvolution) {
        let (x, w, g) = operands(shape)
        let found = run(shape, x, w, g)
        var y = [Double](repeating: 0, count: shape.imageCount)
        var (dx, dw) = (y, [Double](repeating: 0, count: shape.weightCount))
        let (n, channels) = (shape.groupWidth, shape.channels)
        for image in 0..<shape.batch {
            for place in 0..<shape.height * shape.width {
                for tap in 0..<9 {
                    let row = place / shape.width + tap / 3 - 1
                    let column = place % shape.width + tap % 3 - 1
                    guard (0..<shape.height).contains(row), (0..<shape.width).contains(column) else { continue }
                    let to = (image * shape.height * shape.width + place) * channels
                    let from = ((image * shape.height + row) * shape.width + column) * channels
                    for k in 0..<channels {
                        for i in 0..<n {
                            let (input, weight) = (from + k / n * n + i, (tap * n + i) * channels + k)
                            y[to + k] += Double(x[input]) * Double(w[weight])
                            dx[input] += Double(g[to + k]) * Double(w[weight])
                            dw[weight] += Double(x[input]) * Double(g[to + k])
                        }
                    }
                }
            }
        }
        #expect(relativeError(found.y, y) < 5e-7)
        #expect(relativeError(found.dx, dx) < 5e-7)
        #expect(relativeError(found.dw, dw) < 8e-7)
    }

    @Test("What follows, against a pass of its own", arguments: shapes)
    func terms(_ shape: GroupedConvolution) {
        let (x, w, _) = operands(shape)
        let positions = shape.height * shape.width
        let terms = Epilogue.Terms(
            scale: BufferView(uniform(shape.batch * shape.channels, seed: 4)),
            noise: BufferView(uniform(shape.batch * positions, seed: 5)), strength: 0.5,
            bias: BufferView(uniform(shape.channels, seed: 6)), activation: Activation(clamp: 0.5))
        let (y, plain, expected) = (nan(shape.imageCount), nan(shape.imageCount), nan(shape.imageCount))
        shape.forward(BufferView(x), BufferView(w), into: y, terms: terms)
        shape.forward(BufferView(x), BufferView(w), into: plain)
        Epilogue.forward(plain, terms, samples: shape.batch, channels: shape.channels, into: expected)
        #expect(relativeError(y.array, expected.array) < 1e-6)
    }

    @Test("The same bits with 1, 2 and 3 threads, with a cache and without", arguments: shapes)
    func threads(_ shape: GroupedConvolution) throws {
        let (x, w, g) = operands(shape)
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let one = run(shape, x, w, g)
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: threads == 2 ? 0 : 20_000)
            let cache = TransformCache()
            for _ in 0..<2 {
                let several = run(shape, x, w, g, cache)
                #expect(several.y == one.y, "\(threads) threads")
                #expect(several.dx == one.dx, "\(threads) threads")
                #expect(several.dw == one.dw, "\(threads) threads")
            }
        }
    }

    @Test("No images make no gradient") func empty() {
        let shape = GroupedConvolution(batch: 0, height: 4, width: 4, channels: 6, groups: 2)
        let found = run(shape, [], uniform(shape.weightCount, seed: 1), [])
        #expect(found.y.isEmpty && found.dx.isEmpty)
        #expect(found.dw == [Float](repeating: 0, count: shape.weightCount))
    }

    private func operands(_ shape: GroupedConvolution) -> (x: [Float], w: [Float], g: [Float]) {
        (
            uniform(shape.imageCount, seed: 1), uniform(shape.weightCount, seed: 2),
            uniform(shape.imageCount, seed: 3)
        )
    }

    private func nan(_ count: Int) -> BufferView { BufferView([Float](repeating: .nan, count: count)) }

    private func run(
        _ shape: GroupedConvolution, _ x: [Float], _ w: [Float], _ g: [Float], _ cache: TransformCache? = nil
    ) -> (y: [Float], dx: [Float], dw: [Float]) {
        let (y, dx, dw) = (nan(x.count), nan(x.count), nan(w.count))
        shape.forward(BufferView(x), BufferView(w), into: y, cache: cache)
        shape.inputGradient(BufferView(g), BufferView(w), into: dx, cache: cache)
        shape.weightGradient(BufferView(x), BufferView(g), into: dw)
        return (y.array, dx.array, dw.array)
    }
}
