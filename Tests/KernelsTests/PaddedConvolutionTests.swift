import Kernels
import NumericalTesting
import Testing

/// Convolutions of maps that go on beyond their border.
///
/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct PaddedConvolutionTests {
    private struct Size {
        let batch, height, width, input, output: Int
        init(_ batch: Int, _ height: Int, _ width: Int, _ input: Int, _ output: Int) {
            (self.batch, self.height, self.width, self.input, self.output) = (batch, height, width, input, output)
        }
    }

    /// Sides of one and two pixels, odd ones, rectangles; channels that fill vectors and that do not.
    private static let small: [Size] = [
        Size(1, 1, 1, 1, 1), Size(2, 1, 5, 3, 4), Size(1, 2, 2, 5, 17), Size(2, 3, 3, 17, 5), Size(1, 4, 2, 20, 24),
        Size(2, 5, 7, 3, 17), Size(2, 6, 4, 16, 16), Size(1, 12, 8, 33, 20), Size(2, 8, 8, 16, 48),
        Size(1, 13, 18, 16, 32), Size(1, 2, 20, 2, 16), Size(1, 9, 4, 16, 1),
    ]
    /// Several blocks of tiles, several bands of rows, stages shared by the threads.
    private static let large: [Size] = [
        Size(1, 33, 32, 64, 48), Size(2, 4, 4, 256, 256), Size(1, 45, 40, 3, 24), Size(1, 40, 41, 20, 3),
        Size(1, 40, 43, 24, 2),
    ]

    private static func shapes(_ sizes: [Size]) -> [ConvolutionShape] {
        var shapes: [ConvolutionShape] = []
        for size in sizes {
            for padding in [Padding.periodic, .reflect] {
                func add(_ kernel: Int, _ stride: Int, _ resampling: ConvolutionShape.Resampling) {
                    shapes.append(
                        ConvolutionShape(
                            batch: size.batch, height: size.height, width: size.width, inputChannels: size.input,
                            outputChannels: size.output, kernel: kernel, stride: stride, resampling: resampling,
                            padding: padding))
                }
                add(1, 1, .none)
                add(1, 2, .none)
                add(3, 1, .none)
                add(3, 2, .none)
                for resampling in [ConvolutionShape.Resampling.up, .down, .nearestUp, .boxDown] {
                    add(3, 1, resampling)
                }
            }
        }
        return shapes
    }

    static let all = shapes(small + large)
    static let few = shapes(Array(small.suffix(6)) + [Size(2, 16, 24, 64, 48)])

    private func operands(_ shape: ConvolutionShape, seed: UInt64) -> (x: [Float], w: [Float], g: [Float]) {
        (
            uniform(shape.inputCount, seed: seed), uniform(shape.weightCount, seed: seed + 1),
            uniform(shape.outputCount, seed: seed + 2)
        )
    }

    @Test("Against the definition in Double", arguments: all)
    func definition(_ shape: ConvolutionShape) {
        let reference = ConvolutionReference(shape: shape)
        let (x, w, g) = operands(shape, seed: 31)
        let result = shape.run(x, w, g)
        // As without padding.
        let isPlain = shape.kernel == 1 || shape.stride == 2
        let bound = isPlain ? 5e-7 : shape.resampling == .none ? 4e-6 : 1.5e-6
        #expect(relativeError(result.y, reference.forward(x, w)) < bound)
        #expect(relativeError(result.dx, reference.inputGradient(g, w)) < bound)
        #expect(relativeError(result.dw, reference.weightGradient(x, g)) < bound)
    }

    @Test("Without Winograd's transforms, against the definition in Double", arguments: all)
    func definitionWithoutTransforms(_ shape: ConvolutionShape) {
        let reference = ConvolutionReference(shape: shape)
        let (x, w, g) = operands(shape, seed: 34)
        let result = Convolution.$usesTransforms.withValue(false) { shape.run(x, w, g) }
        #expect(relativeError(result.y, reference.forward(x, w)) < 5e-7)
        #expect(relativeError(result.dx, reference.inputGradient(g, w)) < 5e-7)
        #expect(relativeError(result.dw, reference.weightGradient(x, g)) < 5e-7)
    }

    @Test("The three are adjoints of one another", arguments: all)
    func adjoints(_ shape: ConvolutionShape) {
        let (x, w, g) = operands(shape, seed: 37)
        let result = shape.run(x, w, g)
        let pairs = [(result.y, g), (result.dx, x), (result.dw, w)]
        let scale = pairs.map { (innerProduct($0.0, $0.0) * innerProduct($0.1, $0.1)).squareRoot() }.max() ?? 0
        #expect(abs(innerProduct(result.y, g) - innerProduct(result.dx, x)) <= 1e-6 * scale)
        #expect(abs(innerProduct(result.y, g) - innerProduct(result.dw, w)) <= 1e-6 * scale)
    }

    @Test("Style, demodulation, noise, bias and activation on the way equal passes of their own", arguments: few)
    func extras(_ shape: ConvolutionShape) {
        let (n, inner) = (shape.batch, shape.height * shape.width)
        let (channels, columns) = (shape.inputChannels, shape.outputChannels)
        let values = operands(shape, seed: 40)
        let (x, w, g) = (BufferView(values.x), BufferView(values.w), BufferView(values.g))
        let style = BufferView(uniform(n * channels, seed: 43))
        let terms = Epilogue.Terms(
            scale: BufferView(uniform(n * columns, seed: 44)),
            noise: BufferView(uniform(n * shape.outputHeight * shape.outputWidth, seed: 45)), strength: 0.5,
            bias: BufferView(uniform(columns, seed: 46)), activation: Activation(clamp: 0.5))
        let (y, dw) = (BufferView(count: shape.outputCount), BufferView(count: shape.weightCount))
        Convolution.forward(x, w, into: y, shape: shape, style: style, terms: terms)
        Convolution.weightGradient(x, g, into: dw, shape: shape, style: style)

        let (styled, plain) = (BufferView(count: x.count), BufferView(count: y.count))
        let (expected, expectedGradient) = (BufferView(count: y.count), BufferView(count: dw.count))
        Broadcast.binary(
            .multiply, x, [n, inner, channels], style, [n, 1, channels], into: styled, shape: [n, inner, channels])
        Convolution.forward(styled, w, into: plain, shape: shape)
        Epilogue.forward(plain, terms, samples: n, channels: columns, into: expected)
        Convolution.weightGradient(styled, g, into: expectedGradient, shape: shape)
        #expect(relativeError(y.array, expected.array.map(Double.init)) < 1e-6)
        #expect(relativeError(dw.array, expectedGradient.array.map(Double.init)) < 1e-6)
    }

    @Test("Same bits with 1, 2 and 3 threads, with a cache and without", arguments: all)
    func threads(_ shape: ConvolutionShape) throws {
        let (x, w, g) = operands(shape, seed: 47)
        defer { Workers.stop() }
        try Workers.start(threads: 1)
        let one = shape.run(x, w, g)
        for threads in 2...3 {
            try Workers.start(threads: threads)
            let cache = TransformCache()
            for _ in 0..<2 {
                let several = shape.run(x, w, g, cache)
                #expect(several.y == one.y && several.dx == one.dx && several.dw == one.dw, "\(threads) threads")
            }
        }
    }

    static let torus = few.filter {
        $0.padding == .periodic && $0.stride == 1 && $0.height % 2 == 0 && $0.width % 2 == 0
    }

    /// Rolled by one pixel, those of twice the resolution by two, those of half of it by one for two.
    @Test("A torus has no place of its own: a rolled input gives a rolled output", arguments: torus)
    func rolling(_ shape: ConvolutionShape) {
        let (x, w, g) = operands(shape, seed: 50)
        let isDown = shape.outputHeight < shape.height
        let (rows, columns) = isDown ? (2, -4) : (1, -2)
        let (outRows, outColumns) = (
            rows * shape.outputHeight / shape.height, columns * shape.outputWidth / shape.width
        )
        func rolledInput(_ x: [Float]) -> [Float] {
            rolled(x, shape.height, shape.width, shape.inputChannels, rows, columns)
        }
        func rolledOutput(_ y: [Float]) -> [Float] {
            rolled(y, shape.outputHeight, shape.outputWidth, shape.outputChannels, outRows, outColumns)
        }
        let one = shape.run(x, w, g)
        let other = shape.run(rolledInput(x), w, rolledOutput(g))
        #expect(relativeError(other.y, rolledOutput(one.y)) < 4e-6)
        #expect(relativeError(other.dx, rolledInput(one.dx)) < 4e-6)
        #expect(relativeError(other.dw, one.dw) < 4e-6)
    }

    private func rolled(
        _ x: [Float], _ height: Int, _ width: Int, _ channels: Int, _ rows: Int, _ columns: Int
    ) -> [Float] {
        var result = x
        for index in x.indices {
            let (pixel, channel) = (index / channels, index % channels)
            let (image, place) = (pixel / (height * width), pixel % (height * width))
            let row = ((place / width + rows) % height + height) % height
            let column = ((place % width + columns) % width + width) % width
            result[((image * height + row) * width + column) * channels + channel] = x[index]
        }
        return result
    }

    /// A mirrored image stays one where nothing tells its sides apart.
    @Test("A mirror keeps what is constant constant", arguments: few)
    func constants(_ shape: ConvolutionShape) {
        let x = [Float](repeating: 1, count: shape.inputCount)
        let w = uniform(shape.weightCount, seed: 53)
        let y = shape.run(x, w, [Float](repeating: 0, count: shape.outputCount)).y
        // Of `up` a pixel meets other taps than its neighbours: what repeats is two pixels wide.
        let (width, channels) = (shape.outputWidth, shape.outputChannels)
        let expected = (0..<y.count).map { index -> Float in
            let (pixel, channel) = (index / channels, index % channels)
            let (row, column) = (pixel / width % shape.outputHeight, pixel % width)
            return y[(row % 2 * width + column % 2) * channels + channel]
        }
        // Both sides round.
        #expect(relativeError(y, expected) < 1e-5)
    }
}
