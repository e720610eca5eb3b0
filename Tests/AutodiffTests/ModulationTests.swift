import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct ModulationTests {
    static let leaky = Activation(slope: 0.2, gain: 1)

    @Test func forward() {
        var samples = Samples(seed: 1)
        let parts = (0..<3).map { _ in Tensor(samples.floats(2 * 3 * 5 * 7), shape: [2, 3, 5, 7]) }
        let found = parts[0].modulated(gain: parts[1], bias: parts[2], activation: Self.leaky).array
        let expected = found.indices.map { at in
            let z = Double(parts[0].array[at]) * (1 + Double(parts[1].array[at])) + Double(parts[2].array[at])
            return z > 0 ? z : 0.2 * z
        }
        #expect(relativeError(found, expected) < 1e-6)
    }

    /// At a distance from the kink: x·(1 + gain) is at most a half of the bias.
    private static let far = GradientCase.Input(shape: [2, 3, 2, 3]) { $0.signed($1, 1...1.5) }
    private static let near = GradientCase.Input(shape: [2, 3, 2, 3]) { $0.floats($1, -0.3...0.3) }

    static let cases: [GradientCase] = [
        GradientCase("modulation", .any(2, 3, 2, 3), .any(2, 3, 2, 3), .any(2, 3, 2, 3)) {
            $0[0].modulated(gain: $0[1], bias: $0[2], activation: .linear)
        },
        GradientCase("with an activation", near, near, far) {
            $0[0].modulated(gain: $0[1], bias: $0[2], activation: leaky)
        },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    /// Whatever is not wanted is left out, and the rest stays.
    @Test func constantOperands() throws {
        var samples = Samples(seed: 2)
        let parts = (0..<3).map { _ in Tensor(samples.floats(24), shape: [1, 2, 3, 4]) }
        let all = parts.map { $0.variable() }
        let expected = gradients(
            of: all[0].modulated(gain: all[1], bias: all[2], activation: Self.leaky).sum(), with: all)
        for wanted in 0..<3 {
            var operands = parts
            operands[wanted] = operands[wanted].variable()
            let found = gradients(
                of: operands[0].modulated(gain: operands[1], bias: operands[2], activation: Self.leaky).sum(),
                with: [operands[wanted]])
            #expect(try #require(found[0]).array == expected[wanted]?.array)
        }
    }
}
