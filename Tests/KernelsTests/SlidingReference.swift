import Kernels
import NumericalTesting
import Testing

/// A sliding convolution and its adjoints in Double, straight from the definition.
struct SlidingReference: Sendable, CustomStringConvertible {
    let convolution: SlidingConvolution
    var description: String { "\(convolution.batch) of \(convolution.window) to \(convolution.outputs)" }

    init(
        _ batch: Int, _ height: Int, _ width: Int, _ channels: Int, to outputs: Int, kernel: (Int, Int) = (4, 4),
        stride: Int = 2, padding: (Int, Int) = (1, 1)
    ) {
        convolution = SlidingConvolution(
            WindowShape(
                height: height, width: width, channels: channels, kernel: kernel, stride: stride,
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
                for tap in 0..<window.kernelHeight * window.kernelWidth {
                    let y = row * window.stride - window.paddingRows + tap / window.kernelWidth
                    let x = column * window.stride - window.paddingColumns + tap % window.kernelWidth
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

    /// Expects all three to be as defined.
    @discardableResult
    func expectDefinition(
        within tolerance: Double, location: SourceLocation = #_sourceLocation
    ) -> (expected: (y: [Double], dx: [Double], dw: [Double]), found: (y: [Float], dx: [Float], dw: [Float])) {
        let (expected, found) = (results(), run())
        #expect(relativeError(found.y, expected.y) < tolerance, sourceLocation: location)
        #expect(relativeError(found.dx, expected.dx) < tolerance, sourceLocation: location)
        #expect(relativeError(found.dw, expected.dw) < tolerance, sourceLocation: location)
        return (expected, found)
    }

    /// Expects the same bits on 1, 2 and 3 threads; starts and stops the workers.
    func expectSameBits(location: SourceLocation = #_sourceLocation) throws {
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let alone = run()
        for threads in 2...3 {
            try Workers.start(threads: threads, spin: threads == 2 ? 0 : 20_000)
            let found = run()
            #expect(found.y == alone.y, "\(threads) threads", sourceLocation: location)
            #expect(found.dx == alone.dx, "\(threads) threads", sourceLocation: location)
            #expect(found.dw == alone.dw, "\(threads) threads", sourceLocation: location)
        }
    }
}
