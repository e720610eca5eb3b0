import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct GroupedConvolutionTests {
    static let leaky = Activation(slope: 0.2, gain: 1)

    static let cases: [GradientCase] = [
        GradientCase("grouped 3×3", .any(2, 3, 4, 6), .any(3, 3, 2, 6)) { Tensor.groupedConvolution($0[0], $0[1]) },
        GradientCase("one group, bias", .any(1, 4, 3, 3), .any(3, 3, 3, 3), .any(3)) {
            Tensor.groupedConvolution($0[0], $0[1], bias: $0[2])
        },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    /// As a convolution of all channels whose weights between groups are zero, and its epilogue as one of its own; at both
    /// orders, with leaky ReLU.
    @Test func asConvolution() {
        var samples = Samples(seed: 1)
        let (n, groups) = (3, 2)
        let channels = n * groups
        let x = Tensor(samples.floats(2 * 5 * 4 * channels), shape: [2, 5, 4, channels])
        let w = Tensor(samples.floats(9 * n * channels), shape: [3, 3, n, channels])
        let bias = Tensor(samples.floats(channels), shape: [channels])
        /// The value, gradients, and gradients of the sum of the squares of that in x.
        func results(_ function: (Tensor, Tensor, Tensor) -> Tensor) -> [[Float]] {
            let variables = [x, w, bias].map { $0.variable() }
            let y = function(variables[0], variables[1], variables[2])
            let first = gradients(of: (y * y).sum() * 0.5, with: variables, recording: true)
            let second = gradients(of: (first[0].map { $0.squared().sum() }) ?? Tensor(0), with: variables)
            return [y.array] + (first + second).map { $0?.array ?? [] }
        }
        let found = results { Tensor.groupedConvolution($0, $1, bias: $2, Self.leaky) }
        let expected = Convolution.$usesTransforms.withValue(false) {
            results { x, w, bias in
                // [3, 3, C, C] of blocks.
                let parts = (0..<groups).map { group in
                    w.slice(axis: 3, start: group * n, length: n)
                        .padded(axis: 2, before: group * n, after: channels - (group + 1) * n)
                }
                return Tensor.convolution(x, .concatenated(parts, axis: 3)).activated(Self.leaky, bias: bias)
            }
        }
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) {
            #expect(!expected.isEmpty && relativeError(found, expected) < 5e-6)
        }
    }
}
