import Autodiff
import NumericalTesting
import Testing

@Suite struct PredictedConvolutionTests {
    /// Of height, width and channels.
    static let sizes = [[1, 1, 1], [3, 5, 2], [8, 4, 17], [2, 2, 40]]

    @Test(arguments: sizes) func forward(_ size: [Int]) {
        let (h, w, c) = (size[0], size[1], size[2])
        var samples = Samples(seed: 1)
        let x = Tensor(samples.floats(2 * h * w * c), shape: [2, h, w, c])
        let kernels = Tensor(samples.floats(18 * h * w * c), shape: [2, h, w, 9 * c])
        let (xs, ks) = (x.array, kernels.array)
        var expected: [Double] = []
        for n in 0..<2 {
            for i in 0..<h {
                for j in 0..<w {
                    for k in 0..<c {
                        var sum = 0.0
                        for t in 0..<9 {
                            let (row, column) = (i + t / 3 - 1, j + t % 3 - 1)
                            guard (0..<h).contains(row), (0..<w).contains(column) else { continue }
                            let weight = ks[(((n * h + i) * w + j) * c + k) * 9 + t]
                            sum += Double(weight) * Double(xs[((n * h + row) * w + column) * c + k])
                        }
                        expected.append(sum)
                    }
                }
            }
        }
        #expect(relativeError(x.convolved(with: kernels).array, expected) < 1e-6)
    }

    static let cases: [GradientCase] = [
        GradientCase("predicted convolution", .any(2, 3, 4, 2), .any(2, 3, 4, 18)) { $0[0].convolved(with: $0[1]) }
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }
}
