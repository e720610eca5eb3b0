import Autodiff
import Recipes
import Storage
import Testing
import Training

@Suite struct RealFadeTests {
    /// lerp(x, up(down(x)), fade), written out in double precision.
    private func naive(_ x: [Float], _ shape: [Int], _ fade: Double) -> [Double] {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        return x.indices.map { at in
            let channel = at % channels
            let column = at / channels % width
            let line = at / channels / width
            let (top, left) = (line - line % height % 2, column - column % 2)
            var mean = 0.0
            for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                mean += Double(x[((top + dy) * width + left + dx) * channels + channel]) / 4
            }
            return Double(x[at]) + (mean - Double(x[at])) * fade
        }
    }

    @Test(
        arguments: [[1, 2, 2, 1], [3, 8, 8, 1], [2, 4, 4, 3], [2, 32, 32, 3], [1, 6, 10, 2]],
        [0, 0.25, 0.4, 0.999, 1] as [Float])
    func agreesWithTheDefinition(shape: [Int], fade: Float) {
        let images = Randomizer(seed: 3).normals(
            .sheet, step: 0, samples: 0..<shape[0], shape: Array(shape.dropFirst()))
        let before = images.array
        let found = RealFade.faded(images, by: fade)
        #expect(found.shape == shape)
        #expect(images.array == before)
        let expected = naive(before, shape, Double(fade))
        let largest = zip(found.array, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(largest < 1e-6)
        if fade == 0 { #expect(found.array == before) }
    }

    /// At 1 only the old resolution shows, at 0.25 a quarter of it.
    @Test func byHand() {
        let image = Tensor([-1, 1, 0, 0.5, 0.25, 0.25, 0.75, -1], shape: [1, 2, 4, 1])
        #expect(
            RealFade.faded(image, by: 1).array == [0.125, 0.125, 0.0625, 0.0625, 0.125, 0.125, 0.0625, 0.0625])
        #expect(
            RealFade.faded(image, by: 0.25).array == [
                -0.71875, 0.78125, 0.015625, 0.390625, 0.21875, 0.21875, 0.578125, -0.734375,
            ])
    }

    private func minibatch(_ count: Int, _ side: Int, _ channels: Int) -> Minibatch {
        let images = (0..<count * side * side * channels).map { UInt8(truncatingIfNeeded: $0 &* 57 &+ $0 / 13) }
        return Minibatch(images: images, count: count, height: side, width: side, channels: channels)
    }

    @Test func aBatchWithoutFadeIsAsItWas() {
        let minibatch = minibatch(8, 8, 3)
        let plain = RealBatch(minibatch, microbatch: 4, labelDim: 0).images.map(\.array)
        #expect(RealBatch(minibatch, microbatch: 4, labelDim: 0, fade: 0).images.map(\.array) == plain)
        let expected = minibatch.images.map { (byte: UInt8) -> Float in Float(byte) * (1 / 127.5) - 1 }
        #expect(plain.flatMap { $0 } == expected)
    }

    /// An image's bits do not depend on the images beside it.
    @Test(arguments: [1, 3]) func theMicrobatchMakesNoDifference(channels: Int) {
        let minibatch = minibatch(8, 16, channels)
        func bits(_ microbatch: Int) -> [UInt32] {
            RealBatch(minibatch, microbatch: microbatch, labelDim: 0, fade: 0.3).images
                .flatMap { $0.array.map(\.bitPattern) }
        }
        let whole = bits(8)
        for microbatch in [1, 2, 4] { #expect(bits(microbatch) == whole) }
        #expect(RealBatch(minibatch, microbatch: 8, labelDim: 0).images[0].array.map(\.bitPattern) != whole)
    }

    /// What the discriminator sees at the end of a phase is what it sees at the start of the next fade.
    @Test func aFullFadeIsTheOldResolution() {
        let minibatch = minibatch(2, 8, 3)
        let faded = RealBatch(minibatch, microbatch: 2, labelDim: 0, fade: 1).images[0].array
        let down = BoxFilter.down(minibatch.images, count: 2, height: 8, width: 8, channels: 3, factor: 2)
        let old = NearestUpscale.up(down, count: 2, height: 4, width: 4, channels: 3, factor: 2)
        // Bytes are rounded by one half at most.
        let largest = zip(faded, old).map { abs($0 - (Float($1) / 127.5 - 1)) }.max() ?? .infinity
        #expect(largest <= 0.5 / 127.5 + 1e-6)
    }
}
