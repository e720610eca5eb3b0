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
    /// Several blocks of tiles, and several parts of a weight gradient, on the way down, too.
    private static let large = Size(2, 33, 32, 20, 17)
    /// Weights enough for the threads to share the stages of the only block.
    private static let wide = Size(2, 4, 4, 256, 256)
    /// From colours and to them: by two bands of rows, and by three.
    private static let narrow: [Size] = [Size(1, 45, 40, 3, 24), Size(1, 40, 41, 20, 3), Size(1, 80, 43, 24, 2)]

    private static func shape(
        _ size: Size, _ padding: Padding, kernel: Int = 3, stride: Int = 1,
        _ resampling: ConvolutionShape.Resampling = .none
    ) -> ConvolutionShape {
        ConvolutionShape(
            batch: size.batch, height: size.height, width: size.width, inputChannels: size.input,
            outputChannels: size.output, kernel: kernel, stride: stride, resampling: resampling, padding: padding)
    }

    private static let paddings: [Padding] = [.periodic, .reflect]

    /// Of stride 1, each with its transform.
    private static func transformed(_ sizes: [Size]) -> [ConvolutionShape] {
        let resamplings: [ConvolutionShape.Resampling] = [.none, .up, .down, .nearestUp, .boxDown]
        return sizes.flatMap { size in
            paddings.flatMap { padding in resamplings.map { shape(size, padding, $0) } }
        }
    }

    private static func shapes(_ sizes: [Size]) -> [ConvolutionShape] {
        transformed(sizes) + sizes.flatMap { size in paddings.map { shape(size, $0, stride: 2) } }
    }

    private static let bands = narrow.flatMap { size in paddings.map { shape(size, $0) } }

    static let plain = shapes(small + [large]) + bands
    static let all = plain + transformed([wide])
    static let few = shapes(Array(small.suffix(6)) + [Size(2, 16, 24, 64, 48)])
    /// Those that are divided among threads, of every path.
    static let divided = shapes([Size(2, 8, 8, 16, 48), Size(1, 13, 18, 16, 32), large]) + transformed([wide]) + bands

    @Test("Against the definition in Double", arguments: all)
    func definition(_ shape: ConvolutionShape) { shape.verifyDefinition(seed: 31, within: shape.rounding) }

    @Test("Without Winograd's transforms, against the definition in Double", arguments: plain)
    func definitionWithoutTransforms(_ shape: ConvolutionShape) {
        Convolution.$usesTransforms.withValue(false) { shape.verifyDefinition(seed: 34, within: 5e-7) }
    }

    /// What the other suite finds of them holds whatever stands beyond the border.
    @Test("Convolutions of one pixel see nothing beyond the border", arguments: [1, 2], paddings)
    func onePixel(stride: Int, padding: Padding) {
        for size in Self.small + [Self.large] {
            let padded = Self.shape(size, padding, kernel: 1, stride: stride)
            let plain = Self.shape(size, .zero, kernel: 1, stride: stride)
            let (x, w) = (uniform(plain.inputCount, seed: 56), uniform(plain.weightCount, seed: 57))
            let g = uniform(plain.outputCount, seed: 58)
            let (found, expected) = (padded.run(x, w, g), plain.run(x, w, g))
            #expect(found.y == expected.y && found.dx == expected.dx && found.dw == expected.dw, "\(padded)")
        }
    }

    @Test("The three are adjoints of one another", arguments: all)
    func adjoints(_ shape: ConvolutionShape) { shape.verifyAdjoints(seed: 37) }

    @Test("Style, demodulation, noise, bias and activation on the way equal passes of their own", arguments: few)
    func extras(_ shape: ConvolutionShape) { shape.verifyExtras(seed: 40) }

    @Test("Same bits with 1, 2 and 3 threads, with a cache and without", arguments: divided)
    func threads(_ shape: ConvolutionShape) throws { try shape.verifyThreads(seed: 47) }

    static let torus = few.filter {
        $0.padding == .periodic && $0.stride == 1 && $0.height % 2 == 0 && $0.width % 2 == 0
    }

    /// Rolled by one pixel, those of twice the resolution by two, those of half of it by one for two.
    @Test("A torus has no place of its own: a rolled input gives a rolled output", arguments: torus)
    func rolling(_ shape: ConvolutionShape) {
        let (x, w) = (uniform(shape.inputCount, seed: 50), uniform(shape.weightCount, seed: 51))
        let g = uniform(shape.outputCount, seed: 52)
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
