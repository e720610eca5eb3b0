import Autodiff
import Learning
import NumericalTesting
import Testing

@Suite struct PathLengthRegularizationTests {
    static let sizes = [[4, 4], [6, 4], [3, 10]]

    /// Of an image that is one number times the style everywhere, Jᵀy is the sum of y over the root of the pixels.
    @Test(arguments: sizes) func lengthsDoNotGrowWithThePixels(_ size: [Int]) {
        let (height, width, n) = (size[0], size[1], 3)
        var samples = Samples(seed: 2)
        let shape = [n, height, width, 2]
        let noise = Tensor(samples.floats(shape.reduce(1, *)), shape: shape)
        let styles = Tensor(samples.floats(n), shape: [n, 1, 1]).variable()
        let image = styles.reshaped([n, 1, 1, 1]).sum(to: shape) * 3
        let (_, lengths) = PathLengthRegularization(decay: 0.01)(
            image: image, styles: styles, noise: noise, tracked: 0)
        let sums = noise.sum(to: [n, 1, 1, 1]).array
        let expected = sums.map { abs(Double($0)) * 3 / Double(height * width).squareRoot() }
        #expect(relativeError(lengths.array, expected) < 1e-5)
    }
}
