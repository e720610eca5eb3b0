import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct FourTapWinogradTests {
    /// A 4×4 convolution and its adjoints in Double, straight from the definition.
    struct Reference: Sendable, CustomStringConvertible {
        let convolution: SlidingConvolution
        var description: String { "\(convolution.batch) of \(convolution.window) to \(convolution.outputs)" }

        init(
            _ batch: Int, _ height: Int, _ width: Int, _ channels: Int, to outputs: Int, stride: Int = 2,
            padding: (Int, Int) = (1, 1)
        ) {
            convolution = SlidingConvolution(
                WindowShape(
                    height: height, width: width, channels: channels, kernel: (4, 4), stride: stride,
                    padding: padding),
                batch: batch, outputs: outputs)
        }

        var x: [Float] { uniform(convolution.inputCount, seed: 41) }
        var w: [Float] { uniform(convolution.weightCount, seed: 42) }
        var g: [Float] { uniform(convolution.outputCount, seed: 43) }

        /// Calls `body` with each output pixel, each tap and the input pixel that it meets.
        private func forEachTap(_ body: (_ output: Int, _ tap: Int, _ input: Int) -> Void) {
            let window = convolution.window
            for image in 0..<convolution.batch {
                for place in 0..<window.places {
                    let (row, column) = place.quotientAndRemainder(dividingBy: window.outputWidth)
                    for tap in 0..<16 {
                        let y = row * window.stride - window.paddingRows + tap / 4
                        let x = column * window.stride - window.paddingColumns + tap % 4
                        guard (0..<window.height).contains(y), (0..<window.width).contains(x) else { continue }
                        body(image * window.places + place, tap, (image * window.height + y) * window.width + x)
                    }
                }
            }
        }

        /// y of x and w, dx of g and w, dw of x and g.
        func results() -> (y: [Double], dx: [Double], dw: [Double]) {
            let (channels, outputs) = (convolution.window.channels, convolution.outputs)
            let (x, w, g) = (x.map(Double.init), w.map(Double.init), g.map(Double.init))
            var y = [Double](repeating: 0, count: convolution.outputCount)
            var dx = [Double](repeating: 0, count: convolution.inputCount)
            var dw = [Double](repeating: 0, count: convolution.weightCount)
            forEachTap { output, tap, input in
                for c in 0..<channels {
                    let (from, row, to) = (input * channels + c, (tap * channels + c) * outputs, output * outputs)
                    let value = x[from]
                    var sum = 0.0
                    for k in 0..<outputs {
                        y[to + k] += value * w[row + k]
                        sum += g[to + k] * w[row + k]
                        dw[row + k] += value * g[to + k]
                    }
                    dx[from] += sum
                }
            }
            return (y, dx, dw)
        }

        /// The same as computed, over numbers that were there before.
        func run() -> (y: [Float], dx: [Float], dw: [Float]) {
            let (x, w, g) = (BufferView(x), BufferView(w), BufferView(g))
            let y = BufferView([Float](repeating: 7, count: convolution.outputCount))
            let dx = BufferView([Float](repeating: 7, count: convolution.inputCount))
            let dw = BufferView([Float](repeating: 7, count: convolution.weightCount))
            convolution.forward(x, w, into: y)
            convolution.inputGradient(g, w, into: dx)
            convolution.weightGradient(x, g, into: dw)
            return (y.array, dx.array, dw.array)
        }

        /// Few tiles and many, of whole vectors and not; maps that tiles do not cover, and those with an odd side.
        static let shapes: [Reference] = [
            Reference(4, 16, 14, 16, to: 16),
            Reference(8, 9, 11, 20, to: 33),
            Reference(16, 6, 6, 70, to: 48),
            Reference(16, 8, 4, 33, to: 17),
            Reference(8, 12, 8, 16, to: 260),
            Reference(11, 34, 31, 80, to: 16),
            Reference(2, 96, 90, 17, to: 20),
            Reference(70, 13, 14, 16, to: 18),
            Reference(8, 12, 12, 18, to: 24, padding: (0, 3)),
            Reference(3, 13, 10, 80, to: 20, stride: 1),
            Reference(2, 16, 16, 16, to: 280, stride: 1),
            Reference(9, 18, 19, 37, to: 16, stride: 1, padding: (2, 0)),
            Reference(40, 9, 10, 16, to: 33, stride: 1),
        ]
    }

    @Test("Against the definition in Double", arguments: Reference.shapes)
    func definition(_ test: Reference) {
        let (expected, found) = (test.results(), test.run())
        #expect(relativeError(found.y, expected.y) < 5e-6)
        #expect(relativeError(found.dx, expected.dx) < 5e-6)
        #expect(relativeError(found.dw, expected.dw) < 5e-6)
        // Through transforms: sums of other numbers than without.
        let direct = Convolution.$usesTransforms.withValue(false) { test.run() }
        #expect(direct.y != found.y)
        #expect(direct.dx != found.dx)
        #expect(direct.dw != found.dw)
        #expect(relativeError(direct.y, expected.y) < 1e-6)
    }

    @Test("The same bits on 1, 2 and 3 threads", arguments: Reference.shapes)
    func threads(_ test: Reference) throws {
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let alone = test.run()
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: threads == 2 ? 0 : 20_000)
            let found = test.run()
            #expect(found.y == alone.y, "\(threads) threads")
            #expect(found.dx == alone.dx, "\(threads) threads")
            #expect(found.dw == alone.dw, "\(threads) threads")
        }
    }

    @Test("Colours, few outputs, tiles mostly empty and other windows stay as they are")
    func others() {
        let shapes: [(side: Int, kernel: Int, stride: Int, channels: Int, batch: Int)] = [
            (24, 4, 2, 3, 2), (22, 4, 2, 16, 1), (4, 4, 2, 16, 40), (11, 4, 1, 16, 1), (3, 4, 1, 16, 60),
            (24, 3, 2, 16, 2), (24, 4, 3, 16, 4),
        ]
        for shape in shapes {
            let convolution = SlidingConvolution(
                WindowShape(
                    height: shape.side, width: shape.side, channels: shape.channels,
                    kernel: (shape.kernel, shape.kernel),
                    stride: shape.stride, padding: (1, 1)), batch: shape.batch, outputs: 16)
            let x = BufferView(uniform(convolution.inputCount, seed: 44))
            let w = BufferView(uniform(convolution.weightCount, seed: 45))
            let (y, direct) = (BufferView(count: convolution.outputCount), BufferView(count: convolution.outputCount))
            convolution.forward(x, w, into: y)
            Convolution.$usesTransforms.withValue(false) { convolution.forward(x, w, into: direct) }
            #expect(y.array == direct.array, "\(shape)")
        }
    }
}
