import Kernels
import NumericalTesting
import Testing

/// Serialized: some of these start and stop the workers.
@Suite(.serialized) struct SingleOutputConvolutionTests {
    /// With and without padding, and with a window that is no square; images in one piece of work and in several.
    static let shapes: [SlidingReference] = [
        SlidingReference(9, 15, 16, 64, to: 1, stride: 1),
        SlidingReference(2, 7, 9, 17, to: 1, kernel: (3, 4), stride: 1, padding: (0, 2)),
        SlidingReference(1, 4, 4, 16, to: 1, stride: 1, padding: (0, 0)),
        SlidingReference(3, 5, 6, 40, to: 1, kernel: (1, 1), stride: 1, padding: (0, 0)),
    ]

    @Test("Against the definition in Double", arguments: shapes)
    func definition(_ test: SlidingReference) {
        test.expectDefinition(within: 1e-6)
    }

    @Test("The same bits on 1, 2 and 3 threads", arguments: shapes)
    func threads(_ test: SlidingReference) throws { try test.expectSameBits() }
}
