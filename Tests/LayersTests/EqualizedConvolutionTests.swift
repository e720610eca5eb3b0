import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

@Suite struct EqualizedConvolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kernel: Int
        let resampling: ResolutionChange
        let hasBias: Bool
        let activation: Activation
        var padding = Padding.zero
        var testDescription: String {
            "\(kernel)×\(kernel), \(resampling), bias \(hasBias), \(activation), \(padding)"
        }
    }

    static let cases: [Case] = [1, 3].flatMap { kernel in
        [ResolutionChange.none, .up, .down].flatMap { resampling in
            [true, false].flatMap { hasBias in
                [
                    Activation(), Activation(clamp: 0.5), .linear, Activation(slope: 1, gain: 0.5),
                    Activation(slope: 1, gain: 0.5, clamp: 0.25),
                ].map { Case(kernel: kernel, resampling: resampling, hasBias: hasBias, activation: $0) }
            }
        }
    }

    static let padded: [Case] = [1, 3].flatMap { kernel in
        [ResolutionChange.none, .up, .down].flatMap { resampling in
            [Padding.periodic, .reflect].map { padding in
                Case(
                    kernel: kernel, resampling: resampling, hasBias: true, activation: Activation(clamp: 0.5),
                    padding: padding)
            }
        }
    }

    @Test("act((x resampled) * w/√(input·k²) + b), whatever is folded into what", arguments: cases + padded)
    func definition(_ test: Case) {
        let (samples, height, width, input, output) = (2, 4, 6, 5, 3)
        let declared = DeclaredLayer {
            EqualizedConvolution(
                "conv", input: input, output: output, kernel: test.kernel, resampling: test.resampling,
                padding: test.padding, hasBias: test.hasBias, activation: test.activation, in: &$0)
        }
        let layer = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 1)
        var random = Samples(seed: 2)
        let x = random.floats(samples * height * width * input)
        let found = layer(
            Tensor(x, shape: [samples, height, width, input]), parameters.weights(differentiable: false))

        let convolution = NaiveConvolution(
            height: height, width: width, input: input, output: output, kernel: test.kernel,
            resampling: test.resampling, padding: test.padding)
        let weight = parameters.stored("conv.weight")
        let bias = test.hasBias ? parameters.stored("conv.bias") : [Double](repeating: 0, count: output)
        let scale = 1 / Double(input * test.kernel * test.kernel).squareRoot()
        let size = height * width * input
        let expected = (0..<samples).flatMap { n in
            convolution(x[(n * size)..<((n + 1) * size)]) {
                scale * weight[(($0 * test.kernel + $1) * input + $2) * output + $3]
            }.enumerated().map { leaky($1 + bias[$0 % output], test.activation) }
        }
        #expect(found.shape == [samples, convolution.outputHeight, convolution.outputWidth, output])
        #expect(relativeError(found.array, expected) < 1e-6)
    }

    @Test("Weights start as N(0, 1), biases as zero")
    func initial() throws {
        let declared = DeclaredLayer {
            EqualizedConvolution("conv", input: 32, output: 64, kernel: 3, activation: Activation(), in: &$0)
        }
        let parameters = Parameters(declared.declarations)
        parameters.initialize(seed: 1, network: 0)
        let weight = parameters.stored("conv.weight")
        let (n, squares) = (Double(weight.count), weight.reduce(0) { $0 + $1 * $1 })
        // Five standard errors of the second moment.
        #expect(abs(squares / n - 1) < 5 * (2 / n).squareRoot())
        #expect(parameters.stored("conv.bias") == [Double](repeating: 0, count: 64))
    }
}
