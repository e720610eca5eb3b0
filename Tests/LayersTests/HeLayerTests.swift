import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

@Suite struct HeLayerTests {
    private static let linear = Activation(slope: 1, gain: 1)

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let fanIn: Int
        let layer: @Sendable (HeScaling, inout ParameterBuilder) -> any HeLayer
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "convolution", fanIn: 9 * 24) {
            HeConvolution("layer", input: 24, output: 40, kernel: 3, scaling: $0, activation: linear, in: &$1)
        },
        Case(name: "convolution up", fanIn: 9 * 24) {
            HeConvolution(
                "layer", input: 24, output: 40, kernel: 3, resampling: .up, scaling: $0, activation: linear, in: &$1)
        },
        Case(name: "dense", fanIn: 60) {
            HeDense("layer", input: 60, output: 80, scaling: $0, activation: linear, in: &$1)
        },
        Case(name: "dense of an image", fanIn: 12 * 16) {
            HeDense(
                "layer", input: 12, output: 30, image: .input(height: 4, width: 4), scaling: $0, activation: linear,
                in: &$1)
        },
        Case(name: "dense to an image", fanIn: 60) {
            HeDense(
                "layer", input: 60, output: 12, image: .output(height: 4, width: 4), scaling: $0, activation: linear,
                in: &$1)
        },
    ]

    @Test("Weights start as N(0, gain²/fanIn) in use, and with equalised learning rate as N(0, 1)", arguments: cases)
    func initial(_ test: Case) throws {
        func parameters(_ isEqualized: Bool) -> Parameters {
            let declared = DeclaredLayer { test.layer(HeScaling(gain: 0.5, isEqualized: isEqualized), &$0) }
            let parameters = Parameters(declared.declarations)
            parameters.initialize(seed: 1, network: 0)
            return parameters
        }
        let (equalized, plain) = (parameters(true), parameters(false))
        let stored = equalized.stored("layer/weight")
        let power = stored.reduce(0) { $0 + $1 * $1 } / Double(stored.count)
        // Five standard errors of the second moment.
        #expect(abs(power - 1) < 5 * (2 / Double(stored.count)).squareRoot())
        let used = equalized.tensor("layer/weight", equalized.weights(differentiable: false)).array
        let expected = stored.map { $0 * 0.5 / Double(test.fanIn).squareRoot() }
        #expect(relativeError(used, expected) < 1e-6)
        let plainly = plain.tensor("layer/weight", plain.weights(differentiable: false)).array
        #expect(plainly == plain.stored("layer/weight").map(Float.init))
        #expect(relativeError(plain.stored("layer/weight").map(Float.init), expected) < 1e-6)
        #expect(equalized.stored("layer/bias").allSatisfy { $0 == 0 })
    }

    @Test("Convolutions repeat pixels before, and average them after", arguments: [1, 3], Padding.allCases)
    func convolution(kernel: Int, padding: Padding) {
        let (n, height, width, input, output) = (2, 4, 6, 5, 3)
        var random = Samples(seed: 2)
        let x = Tensor(random.floats(n * height * width * input), shape: [n, height, width, input])
        func declared(
            _ resampling: ResolutionChange, _ activation: Activation
        ) -> DeclaredLayer<HeConvolution> {
            DeclaredLayer {
                HeConvolution(
                    "layer", input: input, output: output, kernel: kernel, resampling: resampling, padding: padding,
                    scaling: HeScaling(), activation: activation, in: &$0)
            }
        }
        let activation = Activation(gain: 1)
        let parameters = Parameters.random(declared(.none, activation).declarations, seed: 1)
        let weights = parameters.weights(differentiable: false)
        let scale = (2 / Double(input * kernel * kernel)).squareRoot()
        let (weight, bias) = (parameters.stored("layer/weight"), parameters.stored("layer/bias"))

        func convolved(_ x: Tensor) -> [Double] {
            let naive = NaiveConvolution(
                height: x.shape[1], width: x.shape[2], input: input, output: output, kernel: kernel, resampling: .none,
                padding: padding)
            let size = x.count / n
            return (0..<n).flatMap { sample in
                naive(x.array[sample * size..<(sample + 1) * size]) {
                    scale * weight[(($0 * kernel + $1) * input + $2) * output + $3]
                }
            }
        }
        func activated(_ y: [Double]) -> [Double] {
            y.enumerated().map { leaky($1 + bias[$0 % output], activation) }
        }
        let plain = declared(.none, activation).layer(x, weights)
        #expect(plain.shape == [n, height, width, output])
        #expect(relativeError(plain.array, activated(convolved(x))) < 1e-6)
        let up = declared(.up, activation).layer(x, weights)
        #expect(up.shape == [n, 2 * height, 2 * width, output])
        #expect(relativeError(up.array, activated(convolved(x.nearestUpsampled()))) < 1e-6)
        let down = declared(.down, activation).layer(x, weights)
        #expect(down.shape == [n, height / 2, width / 2, output])
        let full = Tensor(convolved(x).map(Float.init), shape: [n, height, width, output])
        #expect(relativeError(down.array, activated(full.boxDownsampled().array.map(Double.init))) < 1e-6)
    }

    @Test("Dense layers take and make images as NHWC")
    func dense() throws {
        var random = Samples(seed: 3)
        let (n, input, output) = (3, 5, 7)
        let activation = Activation(gain: 1)
        var builder = ParameterBuilder()
        let to = HeDense(
            "to", input: input, output: output, image: .output(height: 2, width: 4), scaling: HeScaling(),
            activation: activation, in: &builder)
        let from = HeDense(
            "from", input: output, output: 2, image: .input(height: 2, width: 4), scaling: HeScaling(),
            activation: activation, in: &builder)
        let parameters = Parameters.random(builder.declarations, seed: 1)
        let weights = parameters.weights(differentiable: false)
        let x = random.floats(n * input)
        let image = to(Tensor(x, shape: [n, input]), weights)
        #expect(image.shape == [n, 2, 4, output])
        // In files as the reference has it: an output is (channel, row, column).
        func reference(_ name: String) throws -> [Float] {
            let entry = try #require(parameters.entry(named: name))
            return entry.declaration.layout.toReference(parameters.view(entry).array)
        }
        let (toWeight, fromWeight) = (try reference("to/weight"), try reference("from/weight"))
        let made = image.array
        for (sample, row, column, channel) in [(0, 0, 0, 0), (1, 1, 2, 3), (2, 0, 3, 6), (2, 1, 3, 5)] {
            let place = (channel * 2 + row) * 4 + column
            let sum = (0..<input).reduce(0.0) { sum, i in
                sum + Double(x[sample * input + i] * toWeight[place * input + i])
            }
            let expected = leaky(
                sum * (2 / Double(input)).squareRoot() + parameters.stored("to/bias")[channel], activation)
            #expect(abs(Double(made[((sample * 2 + row) * 4 + column) * output + channel]) - expected) < 1e-5)
        }
        let y = from(image, weights)
        #expect(y.shape == [n, 2])
        for (sample, unit) in [(0, 0), (1, 1), (2, 0)] {
            var sum = 0.0
            for place in 0..<8 * output {
                let (channel, pixel) = (place / 8, place % 8)
                sum += Double(made[(sample * 8 + pixel) * output + channel] * fromWeight[unit * 8 * output + place])
            }
            let expected = leaky(
                sum * (2 / Double(8 * output)).squareRoot() + parameters.stored("from/bias")[unit], activation)
            #expect(abs(Double(y.array[sample * 2 + unit]) - expected) < 1e-5)
        }
    }

    @Test("A fade is exactly one of the two at its ends")
    func fade() {
        var random = Samples(seed: 4)
        let (new, old) = (Tensor(random.floats(50), shape: [50]), Tensor(random.floats(50), shape: [50]))
        #expect(new.faded(with: old, share: 0).array == new.array)
        #expect(new.faded(with: old, share: 1).array == old.array)
        let expected = zip(new.array, old.array).map { 0.75 * Double($0) + 0.25 * Double($1) }
        #expect(relativeError(new.faded(with: old, share: 0.25).array, expected) < 1e-6)
    }
}
