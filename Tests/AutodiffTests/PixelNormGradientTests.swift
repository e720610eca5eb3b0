import Autodiff
import NumericalTesting
import Testing

@Suite struct PixelNormGradientTests {
    /// Pixels away from zero, and half the usual step: the norm of a short one is too curved for differences.
    @Test("First and second order against differences", arguments: [[3, 7], [2, 2, 3, 5], [1, 2, 1, 20], [4, 2]])
    func differences(_ shape: [Int]) {
        var samples = Samples(seed: 1)
        let check = GradientCheck([(samples.signed(shape.reduce(1, *), 0.5...1), shape)], step: 0x1p-6) {
            $0[0].pixelNormalized()
        }
        #expect(check.firstOrder() < 1e-4)
        #expect(check.secondOrder() < 1e-4)
    }

    @Test("The result does not change with the pixel's length, and no gradient points along it")
    func invariance() {
        var samples = Samples(seed: 2)
        let x = Tensor(samples.signed(5 * 24, 0.5...1), shape: [5, 24])
        #expect(relativeError((x * 64).pixelNormalized().array, x.pixelNormalized().array) < 1e-6)
        let variable = x.variable()
        let seed = Tensor(samples.floats(x.count), shape: x.shape)
        let g = gradients(of: variable.pixelNormalized(), seed: seed, with: [variable])[0]?.array ?? []
        #expect(g.count == x.count && innerProduct(g, g) > 1)
        for pixel in 0..<5 {
            let range = pixel * 24..<(pixel + 1) * 24
            #expect(abs(innerProduct(Array(g[range]), Array(x.array[range]))) < 1e-5)
        }
    }
}
