import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct SlidingConvolutionTests {
    /// Few tiles and many, of whole vectors and not; maps that tiles do not cover, and those with an odd side.
    static let shapes: [SlidingReference] = [
        SlidingReference(4, 16, 14, 16, to: 16),
        SlidingReference(8, 9, 11, 20, to: 33),
        SlidingReference(16, 6, 6, 70, to: 48),
        SlidingReference(16, 8, 4, 33, to: 17),
        SlidingReference(8, 12, 8, 16, to: 260),
        SlidingReference(11, 34, 31, 80, to: 16),
        SlidingReference(2, 96, 90, 17, to: 20),
        SlidingReference(70, 13, 14, 16, to: 18),
        SlidingReference(8, 12, 12, 18, to: 24, padding: (0, 3)),
        SlidingReference(3, 13, 10, 80, to: 20, stride: 1),
        SlidingReference(2, 16, 16, 16, to: 280, stride: 1),
        SlidingReference(9, 18, 19, 37, to: 16, stride: 1, padding: (2, 0)),
        SlidingReference(40, 9, 10, 16, to: 33, stride: 1),
    ]

    @Test("Against the definition in Double", arguments: shapes)
    func definition(_ test: SlidingReference) {
        let (expected, found) = test.expectDefinition(within: 5e-6)
        // Through transforms: sums of other numbers than without.
        let direct = Convolution.$usesTransforms.withValue(false) { test.run() }
        #expect(direct.y != found.y)
        #expect(direct.dx != found.dx)
        #expect(direct.dw != found.dw)
        #expect(relativeError(direct.y, expected.y) < 1e-6)
    }

    @Test("The same bits on 1, 2 and 3 threads", arguments: shapes)
    func threads(_ test: SlidingReference) throws { try test.expectSameBits() }

    /// Few weights have sums in parts and go back an image at a time; many do neither.
    static let direct: [SlidingReference] = [
        SlidingReference(5, 34, 32, 3, to: 20),
        SlidingReference(9, 31, 32, 6, to: 32),
        SlidingReference(4, 32, 33, 33, to: 5, stride: 1, padding: (1, 2)),
        SlidingReference(5, 14, 15, 40, to: 36, kernel: (3, 5)),
        SlidingReference(2, 5, 6, 2, to: 3, kernel: (3, 3)),
    ]

    @Test("Without transforms", arguments: direct)
    func untransformed(_ test: SlidingReference) throws {
        test.expectDefinition(within: 1e-6)
        try test.expectSameBits()
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
