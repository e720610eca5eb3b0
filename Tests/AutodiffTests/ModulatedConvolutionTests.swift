import Autodiff
import Kernels
import NumericalTesting
import Testing

/// Layers as single operations, against differences and against the same composed of plain operations.
@Suite struct ModulatedConvolutionTests {
    enum NoiseKind: CaseIterable { case none, shared, perSample }

    /// x, w, style, demodulation, strength, bias of a small layer.
    private struct Layer {
        let samples = 2
        let height = 4
        let width = 5
        let input = 3
        let output = 4
        let resampling: ConvolutionShape.Resampling
        let padding: Padding
        let noise: Tensor?
        let activation: Activation
        let inputs: [(values: [Float], shape: [Int])]

        init(
            _ kind: NoiseKind, _ resampling: ConvolutionShape.Resampling, _ activation: Activation,
            padding: Padding = .zero
        ) {
            self.resampling = resampling
            self.padding = padding
            self.activation = activation
            var random = Samples(seed: 31)
            let scale = resampling == .up ? 2 : 1
            let plane = [height * scale, width * scale]
            noise =
                switch kind {
                case .none: nil
                case .shared: Tensor(random.floats(plane[0] * plane[1]), shape: plane)
                case .perSample: Tensor(random.floats(samples * plane[0] * plane[1]), shape: [samples] + plane)
                }
            inputs = [
                (random.floats(samples * height * width * input), [samples, height, width, input]),
                (random.floats(9 * input * output, -0.5...0.5), [3, 3, input, output]),
                (random.floats(samples * input, 0.5...1.25), [samples, input]),
                (random.floats(samples * output, 0.5...1.25), [samples, output]), ([0.375], []),
                (random.floats(output), [output]),
            ]
        }

        func fused(_ x: [Tensor]) -> Tensor {
            .modulatedConvolution(
                x[0], x[1], style: x[2], demodulation: x[3], noise: noise, strength: x[4], bias: x[5], activation,
                resampling: resampling, padding: padding)
        }

        func composed(_ x: [Tensor]) -> Tensor {
            let product = x[0] * x[2].reshaped([samples, 1, 1, input])
            var z = Tensor.convolution(product, x[1], resampling: resampling, padding: padding)
            z = z * x[3].reshaped([samples, 1, 1, output])
            if let noise {
                let plane = noise.reshaped([noise.rank == 3 ? samples : 1, z.shape[1], z.shape[2], 1])
                z = z + plane * x[4].reshaped([1, 1, 1, 1])
            }
            return (z + x[5].reshaped([1, 1, 1, output])).activated(activation)
        }
    }

    @Test(
        "First and second order against differences", arguments: NoiseKind.allCases,
        [.none, .up] as [ConvolutionShape.Resampling])
    func differences(kind: NoiseKind, resampling: ConvolutionShape.Resampling) {
        // Without kinks, but with all that the inverse of an activation has to undo.
        let layer = Layer(kind, resampling, Activation(slope: 1, gain: 0.5, clamp: 100))
        let check = GradientCheck(layer.inputs, layer.fused)
        let (first, second) = (check.firstOrder(), check.secondOrder())
        // As of the activation alone: a chain of products and sums rounds more than one operation.
        #expect(first < 8e-5)
        #expect(second < 8e-5)
    }

    /// Those that hit the clamp, and those that pass through the leaky slope, are many of either.
    @Test(
        "Fused equals composed, first and second order", arguments: NoiseKind.allCases,
        [.none, .up] as [ConvolutionShape.Resampling])
    func fusedIsComposed(kind: NoiseKind, resampling: ConvolutionShape.Resampling) throws {
        let layer = Layer(kind, resampling, Activation(clamp: 0.9))
        let expected = run(layer.inputs, layer.composed)
        let found = run(layer.inputs, layer.fused)
        #expect(expected.output.contains { abs($0) == 0.9 } && expected.output.contains { $0 < 0 && $0 > -0.2 })
        expectEqual(found, expected)
    }

    @Test(
        "The same with a padding", arguments: [Padding.periodic, .reflect],
        [.none, .up] as [ConvolutionShape.Resampling])
    func padded(padding: Padding, resampling: ConvolutionShape.Resampling) {
        let smooth = Layer(
            .perSample, resampling, Activation(slope: 1, gain: 0.5, clamp: 100), padding: padding)
        let check = GradientCheck(smooth.inputs, smooth.fused)
        let (first, second) = (check.firstOrder(), check.secondOrder())
        #expect(first < 8e-5)
        #expect(second < 8e-5)
        let layer = Layer(.perSample, resampling, Activation(clamp: 0.9), padding: padding)
        expectEqual(run(layer.inputs, layer.fused), run(layer.inputs, layer.composed))
    }

    @Test(
        "A convolution with bias and activation equals its parts",
        arguments: [
            (kernel: 3, resampling: .none), (3, .up), (3, .down), (1, .none),
        ] as [(kernel: Int, resampling: ConvolutionShape.Resampling)], Padding.allCases)
    func convolution(of: (kernel: Int, resampling: ConvolutionShape.Resampling), padding: Padding) {
        for clamp in [nil, 0.9] as [Float?] { compare(of, clamp, padding) }
    }

    private func compare(
        _ of: (kernel: Int, resampling: ConvolutionShape.Resampling), _ clamp: Float?, _ padding: Padding
    ) {
        var random = Samples(seed: 41)
        let activation = Activation(clamp: clamp)
        let inputs: [(values: [Float], shape: [Int])] = [
            (random.floats(2 * 8 * 6 * 3), [2, 8, 6, 3]),
            (random.floats(of.kernel * of.kernel * 15), [of.kernel, of.kernel, 3, 5]), (random.floats(5), [5]),
        ]
        let expected = run(inputs) {
            Tensor.convolution($0[0], $0[1], resampling: of.resampling, padding: padding)
                .activated(activation, bias: $0[2])
        }
        let found = run(inputs) {
            .convolution($0[0], $0[1], bias: $0[2], activation, resampling: of.resampling, padding: padding)
        }
        expectEqual(found, expected)
    }

    /// The output, the gradients (recorded and not), and the gradients of a sum of products of gradients.
    private struct Outcome {
        var output: [Float]
        var plain: [[Float]?]
        var recorded: [[Float]?]
        var second: [[Float]?]
    }

    private func run(_ inputs: [(values: [Float], shape: [Int])], _ function: ([Tensor]) -> Tensor) -> Outcome {
        var random = Samples(seed: 21)
        func variables() -> [Tensor] { inputs.map { Tensor($0.values, shape: $0.shape).variable() } }
        let x = variables()
        let y = function(x)
        let seed = Tensor(random.floats(y.count), shape: y.shape)
        let plain = gradients(of: y, seed: seed, with: x)
        let z = variables()
        // The square makes what flows back depend on the inputs.
        let loss = function(z).squared() * seed
        let recorded = gradients(of: loss.sum(), with: z, recording: true)
        var total = Tensor(0)
        for gradient in recorded {
            guard let gradient else { continue }
            total = total + (gradient * Tensor(random.floats(gradient.count), shape: gradient.shape)).sum()
        }
        return Outcome(
            output: y.array, plain: plain.map { $0?.array }, recorded: recorded.map { $0?.array },
            second: gradients(of: total, with: z).map { $0?.array })
    }

    private func expectEqual(_ found: Outcome, _ expected: Outcome) {
        #expect(relativeError(found.output, expected.output) < 1e-6)
        for (found, expected) in [
            (found.plain, expected.plain), (found.recorded, expected.recorded), (found.second, expected.second),
        ] {
            for k in expected.indices {
                #expect((found[k] == nil) == (expected[k] == nil), "input \(k)")
                if let a = found[k], let b = expected[k] { #expect(relativeError(a, b) < 2e-5, "input \(k)") }
            }
        }
    }
}
