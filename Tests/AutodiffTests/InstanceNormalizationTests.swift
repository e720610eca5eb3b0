import Autodiff
import Kernels
import NumericalTesting
import Testing

@Suite struct InstanceNormalizationTests {
    static let leaky = Activation(slope: 0.2, gain: 1)

    /// Each channel of each sample, in Double; far from zero, too, where squares would cancel.
    @Test(arguments: [Float(0), 100]) func forward(offset: Float) {
        var samples = Samples(seed: 1)
        let (n, h, w, c) = (3, 5, 4, 19)
        let x = Tensor(samples.floats(n * h * w * c).map { $0 + offset }, shape: [n, h, w, c])
        let values = x.array
        var expected = [Double](repeating: 0, count: x.count)
        for sample in 0..<n {
            for channel in 0..<c {
                let places = (0..<h * w).map { (sample * h * w + $0) * c + channel }
                let own = places.map { Double(values[$0]) }
                let mean = own.reduce(0, +) / Double(own.count)
                let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
                for (place, value) in zip(places, own) {
                    let z = (value - mean) / (variance + 1e-5).squareRoot()
                    expected[place] = z > 0 ? z : 0.2 * z
                }
            }
        }
        let found = x.instanceNormalized(epsilon: 1e-5, activation: Self.leaky)
        #expect(relativeError(found.array, expected) < (offset == 0 ? 1e-6 : 2e-5))
    }

    /// What is the same everywhere becomes zero.
    @Test func constants() {
        let x = Tensor(repeating: 7, shape: [2, 3, 3, 2])
        #expect(x.instanceNormalized(epsilon: 1e-5, activation: .linear).array.allSatisfy { $0 == 0 })
    }

    static let cases: [GradientCase] = [
        GradientCase("instance normalisation", .any(2, 3, 4, 2)) {
            $0[0].instanceNormalized(epsilon: 1e-1, activation: .linear)
        }
    ]

    /// A division by the deviation of a dozen values is so curved that, in exact arithmetic, Richardson's error is 10⁻⁴ at
    /// a step of 2⁻⁵; it falls by the fourth power of the step.
    @Test("First and second order against differences", arguments: cases)
    func differences(_ gradientCase: GradientCase) { gradientCase.verify(step: 0x1p-6) }

    /// With an activation, at first order against plain operations, and recorded against not recorded.
    @Test func activationSlopes() throws {
        var samples = Samples(seed: 5)
        let start = Tensor(samples.floats(2 * 4 * 4 * 5), shape: [2, 4, 4, 5])
        let factors = Tensor(samples.floats(start.count), shape: start.shape)
        let x = start.variable()
        let centred = x - x.mean(over: [1, 2])
        let plain = (centred * (centred.squared().mean(over: [1, 2]) + 1e-5).power(-0.5)).activated(Self.leaky)
        let expected = try #require(gradients(of: (plain * factors).sum(), with: [x])[0])
        for recording in [false, true] {
            let x = start.variable()
            let y = x.instanceNormalized(epsilon: 1e-5, activation: Self.leaky)
            let found = gradients(of: (y * factors).sum(), with: [x], recording: recording)[0]
            #expect(relativeError(try #require(found).array, expected.array) < 1e-5)
        }
    }
}
