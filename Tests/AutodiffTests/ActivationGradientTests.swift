import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct ActivationGradientTests {
    /// Inputs are ±[0.25, 1]; times the gain of √2 a clamp of 0.8 is hit from 0.566 on.
    static let cases: [GradientCase] = [
        GradientCase("leaky ReLU", .kinked(2, 3, 4)) { $0[0].activated(Activation()) },
        GradientCase("identity", .any(2, 3)) { $0[0].activated(.linear) },
        GradientCase("gain without slope", .any(2, 3)) { $0[0].activated(Activation(slope: 1, gain: 0.5)) },
        GradientCase("clamp, all inside", .kinked(2, 3, 4)) { $0[0].activated(Activation(clamp: 8)) },
        GradientCase("clamp, all outside", .kinked(2, 3, 4)) { $0[0].activated(Activation(slope: 1, clamp: 0.125)) },
    ]

    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify() }

    /// Half the usual step keeps clear of kinks that are at least 0.11 away, and doubles the rounding.
    private static let step: Float = 0x1p-6
    private static let tolerance = 8e-5

    /// What the activation sees, away from its kinks, and the bias [channels].
    private func preactivations(_ count: Int, channels: Int, seed: UInt64) -> (x: [Float], bias: [Float]) {
        var samples = Samples(seed: seed)
        // 0.25 ... 0.45 and 0.7 ... 0.9 by turns: below and above a clamp of 0.8 at 0.566.
        let z = zip(samples.signed(count, 0.25...0.45), samples.floats(count)).map {
            $1 > 0 ? $0 : $0 + ($0 > 0 ? 0.45 : -0.45)
        }
        let bias = samples.floats(channels)
        return (z.indices.map { z[$0] - bias[$0 % channels] }, bias)
    }

    @Test("With a bias", arguments: [nil, 0.8] as [Float?], [0.2, 1] as [Float])
    func bias(clamp: Float?, slope: Float) {
        let (x, bias) = preactivations(2 * 3 * 3 * 5, channels: 5, seed: 3)
        let check = GradientCheck([(x, [2, 3, 3, 5]), (bias, [5])], step: Self.step) {
            $0[0].activated(Activation(slope: slope, clamp: clamp), bias: $0[1])
        }
        let (first, second) = (check.firstOrder(), check.secondOrder())
        #expect(first < Self.tolerance)
        #expect(second < Self.tolerance)
    }
}
