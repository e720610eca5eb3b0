import Evaluation
import NumericalTesting
import Testing

@Suite struct LaplacianPyramidTests {
    @Test func aConstantIsAllInTheLastLevel() {
        let levels = LaplacianPyramid.levels(
            of: [Float](repeating: 77, count: 64 * 64 * 3), resolution: 64, channels: 3, smallest: 16)
        #expect(levels.map(\.side) == [64, 32, 16])
        #expect(levels.map(\.values.count) == [64, 32, 16].map { $0 * $0 * 3 })
        for level in levels { #expect(level.values.allSatisfy { $0 == (level.side == 16 ? 77 : 0) }) }
    }

    @Test func theSmallestImageIsItsOwnLevel() {
        var samples = Samples(seed: 1)
        let image = samples.floats(16 * 16, 0...255)
        let levels = LaplacianPyramid.levels(of: image, resolution: 16, channels: 1, smallest: 16)
        #expect(levels.count == 1 && levels[0].values == image)
    }

    @Test func channelsStayApart() {
        var samples = Samples(seed: 2)
        let planes = (0..<3).map { _ in samples.floats(32 * 32, 0...255) }
        let image = (0..<32 * 32).flatMap { pixel in planes.map { $0[pixel] } }
        let together = LaplacianPyramid.levels(of: image, resolution: 32, channels: 3, smallest: 8)
        for (channel, plane) in planes.enumerated() {
            let alone = LaplacianPyramid.levels(of: plane, resolution: 32, channels: 1, smallest: 8)
            for (a, b) in zip(together, alone) {
                #expect(stride(from: channel, to: a.values.count, by: 3).map { a.values[$0] } == b.values)
            }
        }
    }

    /// [1, 4, 6, 4, 1] / 16 along both axes: a single bright pixel shows the filter, in the middle and at a corner.
    @Test(arguments: [(8, 8), (0, 0)]) func theFilterIsBinomial(x: Int, y: Int) {
        var image = [Float](repeating: 0, count: 32 * 32)
        image[y * 32 + x] = 256
        let small = LaplacianPyramid.levels(of: image, resolution: 32, channels: 1, smallest: 16)[1].values
        #expect(small[y / 2 * 16 + x / 2] == 36)
        #expect(small[y / 2 * 16 + x / 2 + 1] == 6 && small[(y / 2 + 1) * 16 + x / 2] == 6)
        #expect(small[(y / 2 + 1) * 16 + x / 2 + 1] == 1)
        #expect(small.reduce(0, +) == (x == 0 ? 49 : 64))
    }
}
