import Kernels
import NumericalTesting
import Testing

/// What holds of a convolution whatever its shape, and whatever stands beyond the border.
extension ConvolutionShape {
    private func operands(_ seed: UInt64) -> (x: [Float], w: [Float], g: [Float]) {
        (uniform(inputCount, seed: seed), uniform(weightCount, seed: seed + 1), uniform(outputCount, seed: seed + 2))
    }

    /// F(4×4, 3×3) has points up to 2 and amplifies rounding; the transforms for resampling less so.
    var rounding: Double {
        let isPlain = kernel == 1 || stride == 2
        return isPlain ? 5e-7 : resampling == .none ? 4e-6 : 1.5e-6
    }

    func verifyDefinition(seed: UInt64, within bound: Double) {
        let reference = ConvolutionReference(shape: self)
        let (x, w, g) = operands(seed)
        let result = run(x, w, g)
        #expect(relativeError(result.y, reference.forward(x, w)) < bound)
        #expect(relativeError(result.dx, reference.inputGradient(g, w)) < bound)
        #expect(relativeError(result.dw, reference.weightGradient(x, g)) < bound)
    }

    func verifyAdjoints(seed: UInt64) {
        let (x, w, g) = operands(seed)
        let result = run(x, w, g)
        // The largest that either side can be.
        let pairs = [(result.y, g), (result.dx, x), (result.dw, w)]
        let scale = pairs.map { (innerProduct($0.0, $0.0) * innerProduct($0.1, $0.1)).squareRoot() }.max() ?? 0
        #expect(abs(innerProduct(result.y, g) - innerProduct(result.dx, x)) <= 1e-6 * scale)
        #expect(abs(innerProduct(result.y, g) - innerProduct(result.dw, w)) <= 1e-6 * scale)
    }

    /// Style, demodulation, noise, bias and activation on the way, against passes of their own.
    func verifyExtras(seed: UInt64) {
        let (n, positions, inner) = (batch, outputHeight * outputWidth, height * width)
        let (channels, columns) = (inputChannels, outputChannels)
        let values = operands(seed)
        let (x, w, g) = (BufferView(values.x), BufferView(values.w), BufferView(values.g))
        let style = BufferView(uniform(n * channels, seed: seed + 3))
        let terms = Epilogue.Terms(
            scale: BufferView(uniform(n * columns, seed: seed + 4)),
            noise: BufferView(uniform(n * positions, seed: seed + 5)), strength: 0.5,
            bias: BufferView(uniform(columns, seed: seed + 6)), activation: Activation(clamp: 0.5))
        func nan(_ count: Int) -> BufferView { BufferView([Float](repeating: .nan, count: count)) }
        let (y, dw) = (nan(outputCount), nan(weightCount))
        Convolution.forward(x, w, into: y, shape: self, style: style, terms: terms)
        Convolution.weightGradient(x, g, into: dw, shape: self, style: style)

        let (styled, plain, expected) = (nan(x.count), nan(y.count), nan(y.count))
        let expectedGradient = nan(dw.count)
        Broadcast.binary(
            .multiply, x, [n, inner, channels], style, [n, 1, channels], into: styled, shape: [n, inner, channels])
        Convolution.forward(styled, w, into: plain, shape: self)
        Epilogue.forward(plain, terms, samples: n, channels: columns, into: expected)
        Convolution.weightGradient(styled, g, into: expectedGradient, shape: self)
        #expect(relativeError(y.array, expected.array.map(Double.init)) < 1e-6)
        #expect(relativeError(dw.array, expectedGradient.array.map(Double.init)) < 1e-6)
    }

    /// The same bits with 1, 2 and 3 threads, with a cache and without. It starts and stops the workers.
    func verifyThreads(seed: UInt64) throws {
        let (x, w, g) = operands(seed)
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let one = run(x, w, g)
        for threads in 2...3 {
            try Workers.start(threads: threads)
            let cache = TransformCache()
            for _ in 0..<2 {
                let several = run(x, w, g, cache)
                #expect(several.y == one.y && several.dx == one.dx && several.dw == one.dw, "\(threads) threads")
            }
        }
    }
}
