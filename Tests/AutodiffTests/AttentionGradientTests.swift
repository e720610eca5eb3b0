import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct AttentionGradientTests {
    static let cases: [GradientCase] = [
        GradientCase("attention", .any(2, 6, 3), .any(2, 4, 3), .any(2, 4, 5)) {
            .attention(queries: $0[0], keys: $0[1], values: $0[2])
        },
        GradientCase("attention to itself", .any(2, 9, 4)) {
            let x = $0[0] * 0.5
            return .attention(queries: x, keys: x, values: x)
        },
        GradientCase("constant keys", .any(1, 3, 2), .any(1, 20, 4)) {
            let keys = Tensor((0..<40).map { Float($0 % 7) / 4 - 0.75 }, shape: [1, 20, 2])
            return .attention(queries: $0[0], keys: keys, values: $0[1])
        },
        GradientCase("recomputed", .any(2, 6, 3), .any(2, 4, 3), .any(2, 4, 5)) { inputs in
            Tape.recomputed { .attention(queries: inputs[0], keys: inputs[1], values: inputs[2]).sigmoid() }
        },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    /// The same of plain operations.
    private static func composed(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
        let weights = Tensor.products(q, k, transposeB: true).exponential()
        return .products(weights, v) * weights.sum(to: [q.shape[0], q.shape[1], 1]).power(-1)
    }

    @Test("Both orders against plain operations", arguments: [1, 2])
    func plain(_ order: Int) throws {
        var samples = Samples(seed: 7)
        let inputs = [
            Tensor(samples.floats(2 * 150 * 8), shape: [2, 150, 8]),
            Tensor(samples.floats(2 * 40 * 8), shape: [2, 40, 8]),
            Tensor(samples.floats(2 * 40 * 20), shape: [2, 40, 20]),
        ]
        func found(_ function: (Tensor, Tensor, Tensor) -> Tensor) -> [[Float]] {
            let variables = inputs.map { $0.variable() }
            var y = function(variables[0], variables[1], variables[2]).squared().sum()
            if order == 2 {
                let slopes = gradients(of: y, with: variables, recording: true)
                y = slopes.reduce(y) { sum, slope in slope.map { sum + $0.squared().sum() } ?? sum }
            }
            return gradients(of: y, with: variables).map { $0?.array ?? [] }
        }
        let (fused, expected) = (
            found { .attention(queries: $0, keys: $1, values: $2) }, found { Self.composed($0, $1, $2) }
        )
        for (gradient, other) in zip(fused, expected) { #expect(relativeError(gradient, other) < 1e-5) }
    }
}
