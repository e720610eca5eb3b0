import Autodiff
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

    enum NoiseShape: CaseIterable { case none, shared, perSample }

    /// y·demodulation + noise·strength + bias at values away from the activation's kinks.
    private struct Layer {
        let samples = 2
        let height = 3
        let width = 5
        let channels = 4
        var y: [Float]
        let demodulation: [Float]
        let noise: Tensor?
        let strength: Float = 0.375
        let bias: [Float]
        let activation: Activation

        init(_ kind: NoiseShape, clamp: Float?, preactivations: [Float], bias: [Float]) {
            var random = Samples(seed: 11)
            demodulation = random.floats(samples * channels, 0.5...1.25)
            self.bias = bias
            activation = Activation(clamp: clamp)
            let positions = height * width
            switch kind {
            case .none: noise = nil
            case .shared: noise = Tensor(random.floats(positions), shape: [height, width])
            case .perSample: noise = Tensor(random.floats(samples * positions), shape: [samples, height, width])
            }
            let values = noise?.array ?? [Float](repeating: 0, count: positions)
            y = []
            for i in preactivations.indices {
                let position = i / channels % values.count
                y.append(
                    (preactivations[i] - values[position] * strength)
                        / demodulation[i / (positions * channels) * channels + i % channels])
            }
        }

        var inputs: [(values: [Float], shape: [Int])] {
            [
                (y, [samples, height, width, channels]), (demodulation, [samples, channels]), ([strength], []),
                (bias, [channels]),
            ]
        }

        func fused(_ x: [Tensor]) -> Tensor {
            x[0].synthesisEpilogue(demodulation: x[1], noise: noise, strength: x[2], bias: x[3], activation)
        }

        func composed(_ x: [Tensor]) -> Tensor {
            var z = x[0] * x[1].reshaped([samples, 1, 1, channels])
            if let noise {
                let plane = noise.reshaped([noise.rank == 3 ? samples : 1, height, width, 1])
                z = z + plane * x[2].reshaped([1, 1, 1, 1])
            }
            return (z + x[3].reshaped([1, 1, 1, channels])).activated(activation)
        }
    }

    private func layer(_ kind: NoiseShape, _ clamp: Float?) -> Layer {
        let (x, bias) = preactivations(2 * 3 * 5 * 4, channels: 4, seed: 5)
        return Layer(kind, clamp: clamp, preactivations: x, bias: bias)
    }

    @Test("The synthesis layer's end", arguments: NoiseShape.allCases, [nil, 0.8] as [Float?])
    func synthesis(kind: NoiseShape, clamp: Float?) {
        let layer = layer(kind, clamp)
        let check = GradientCheck(layer.inputs, step: Self.step, layer.fused)
        let (first, second) = (check.firstOrder(), check.secondOrder())
        #expect(first < Self.tolerance)
        #expect(second < Self.tolerance)
    }

    @Test("Fused equals composed", arguments: NoiseShape.allCases, [nil, 0.8] as [Float?])
    func fusedIsComposed(kind: NoiseShape, clamp: Float?) throws {
        let layer = layer(kind, clamp)
        var samples = Samples(seed: 21)
        let seed = Tensor(samples.floats(layer.y.count), shape: layer.inputs[0].shape)
        func run(_ function: ([Tensor]) -> Tensor, recording: Bool) -> (Tensor, [Tensor?]) {
            let x = layer.inputs.map { Tensor($0.values, shape: $0.shape).variable() }
            let y = function(x)
            return (y, gradients(of: y, seed: seed, with: x, recording: recording))
        }
        let expected = run(layer.composed, recording: false)
        for recording in [false, true] {
            let found = run(layer.fused, recording: recording)
            #expect(errorNorm(found.0.array, expected.0.array) < 1e-6)
            for k in layer.inputs.indices {
                guard let gradient = expected.1[k] else {
                    #expect(found.1[k] == nil && k == 2 && kind == .none)
                    continue
                }
                #expect(errorNorm(try #require(found.1[k]).array, gradient.array) < 1e-5, "input \(k)")
            }
        }
    }
}
