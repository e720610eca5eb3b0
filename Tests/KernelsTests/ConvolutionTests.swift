import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct ConvolutionTests {
    static let shapes: [ConvolutionShape] = common + products

    /// 1×1 with weights in several tiles, with partial ones, and several blocks of pixels.
    private static let products: [ConvolutionShape] = [
        (2, 11, 13, 300, 272), (1, 20, 18, 260, 145), (1, 19, 17, 20, 400),
    ].map { batch, height, width, inputs, outputs in
        ConvolutionShape(
            batch: batch, height: height, width: width, inputChannels: inputs, outputChannels: outputs, kernel: 1)
    }

    private static let common: [ConvolutionShape] =
        [
            // Few pixels, odd sizes, odd channels.
            (1, 1, 1, 1, 1), (2, 1, 5, 3, 4), (1, 2, 2, 5, 1), (2, 3, 3, 17, 5), (3, 4, 4, 16, 16), (2, 5, 7, 3, 17),
            (1, 6, 9, 65, 3), (2, 7, 8, 17, 65),
            // Enough for Winograd, with partial tiles and partial vectors of channels.
            (2, 8, 8, 64, 64), (1, 9, 15, 65, 17), (3, 16, 12, 32, 48), (2, 17, 18, 16, 33), (1, 31, 33, 20, 64),
            (1, 32, 32, 64, 64), (9, 8, 8, 80, 24), (2, 8, 8, 150, 90), (16, 4, 4, 128, 128), (2, 23, 22, 1, 32),
            (2, 22, 23, 32, 1),
            // From colours and to them, by bands of rows.
            (1, 45, 40, 3, 24), (2, 40, 40, 20, 3),
        ].flatMap { batch, height, width, inputs, outputs in
            func shape(
                _ kernel: Int, _ stride: Int = 1, _ resampling: ConvolutionShape.Resampling = .none
            ) -> ConvolutionShape {
                ConvolutionShape(
                    batch: batch, height: height, width: width, inputChannels: inputs, outputChannels: outputs,
                    kernel: kernel, stride: stride, resampling: resampling)
            }
            return [shape(1), shape(1, 2), shape(3), shape(3, 2)]
                + [.up, .down, .nearestUp, .boxDown].map { shape(3, 1, $0) }
        }

    @Test("Against the definition in Double", arguments: shapes)
    func definition(_ shape: ConvolutionShape) { shape.verifyDefinition(seed: 1, within: shape.rounding) }

    /// What the golden arrays of large networks are compared with.
    @Test("Without Winograd's transforms, against the definition in Double", arguments: shapes)
    func definitionWithoutTransforms(_ shape: ConvolutionShape) {
        Convolution.$usesTransforms.withValue(false) { shape.verifyDefinition(seed: 1, within: 5e-7) }
    }

    @Test("Style, demodulation, noise, bias and activation on the way equal passes of their own", arguments: shapes)
    func extras(_ shape: ConvolutionShape) { shape.verifyExtras(seed: 21) }

    @Test("The three are adjoints of one another", arguments: shapes)
    func adjoints(_ shape: ConvolutionShape) { shape.verifyAdjoints(seed: 4) }

    @Test("Same bits with 1, 2 and 3 threads, with a cache and without", arguments: shapes)
    func threads(_ shape: ConvolutionShape) throws { try shape.verifyThreads(seed: 7) }

    @Test(
        "Rounding with 512 channels", arguments: [ConvolutionShape.Resampling.none, .up, .down, .nearestUp, .boxDown])
    func rounding(_ resampling: ConvolutionShape.Resampling) {
        let size = resampling == .down || resampling == .boxDown ? 16 : 8
        let shape = ConvolutionShape(
            batch: 2, height: size, width: size, inputChannels: 512,
            outputChannels: resampling == .none ? 512 : 128, kernel: 3, resampling: resampling)
        shape.verifyDefinition(seed: 10, within: resampling == .none ? 7e-6 : 3e-6)
    }

    @Test("An empty batch gives zero gradients")
    func empty() {
        let shape = ConvolutionShape(
            batch: 0, height: 8, width: 8, inputChannels: 16, outputChannels: 16, kernel: 3)
        #expect(shape.run([], uniform(shape.weightCount, seed: 13), []).dw.allSatisfy { $0 == 0 })
    }

    @Test("Products of stacks of matrices")
    func stacks() {
        let (n, rows, columns, depth) = (3, 50, 3, 20)
        let (a, b) = (uniform(n * rows * depth, seed: 17), uniform(n * depth * columns, seed: 18))
        let result = BufferView([Float](repeating: .nan, count: n * rows * columns))
        MatrixProduct.multiply(
            BufferView(a), BufferView(b), into: result, samples: n, rows: rows, columns: columns, depth: depth)
        for k in 0..<n {
            let expected = BufferView(count: rows * columns)
            MatrixProduct.multiply(
                BufferView(Array(a[k * rows * depth..<(k + 1) * rows * depth])),
                BufferView(Array(b[k * depth * columns..<(k + 1) * depth * columns])), into: expected, rows: rows,
                columns: columns, depth: depth)
            #expect(Array(result.array[k * rows * columns..<(k + 1) * rows * columns]) == expected.array)
        }
    }

    @Test(
        "Products of matrices",
        arguments: [
            (1, 1, 1), (5, 3, 7), (300, 17, 40), (64, 64, 64), (33, 500, 130), (2000, 3, 65), (8, 2048, 128),
            (8, 100, 600), (47, 48, 513),
        ])
    func product(rows: Int, columns: Int, depth: Int) {
        let a = uniform(rows * depth, seed: 14)
        let b = uniform(depth * columns, seed: 15)
        for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
            var expected = [Double](repeating: 0, count: rows * columns)
            for i in 0..<rows {
                for p in 0..<depth {
                    let factor = Double(a[transposeA ? p * rows + i : i * depth + p])
                    for j in 0..<columns {
                        expected[i * columns + j] += factor * Double(b[transposeB ? j * depth + p : p * columns + j])
                    }
                }
            }
            let result = BufferView([Float](repeating: .nan, count: rows * columns))
            MatrixProduct.multiply(
                BufferView(a), BufferView(b), into: result, rows: rows, columns: columns, depth: depth,
                transposeA: transposeA, transposeB: transposeB)
            #expect(relativeError(result.array, expected) < 5e-7)
            // The yardstick.
            let other = BufferView([Float](repeating: .nan, count: rows * columns))
            OpenBLAS.multiply(
                BufferView(a), BufferView(b), into: other, rows: rows, columns: columns, depth: depth,
                transposeA: transposeA, transposeB: transposeB)
            #expect(relativeError(other.array, expected) < 5e-7)
        }
    }
}
