import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// Layers whose weights are used as they are stored.
@Suite struct PlainLayerTests {
    private static let leaky = Activation(slope: 0.2, gain: 1)

    private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var samples = Samples(seed: seed)
        return Tensor(samples.floats(shape.reduce(1, *)), shape: shape)
    }

    /// What weights of a layer begin as, and which deviation is expected.
    struct Start: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let deviation: Double
        let make: @Sendable (inout ParameterBuilder) -> Void
    }

    static let starts = [
        Start(testDescription: "3×3, a fiftieth of Glorot's", deviation: 0.02 * (2.0 / (9 * 60)).squareRoot()) {
            _ = PlainConvolution("layer", input: 20, output: 40, kernel: 3, in: &$0)
        },
        Start(testDescription: "4×4, stride two", deviation: 0.02) {
            _ = StridedConvolution(
                "layer", input: 20, output: 40, kernel: 4, stride: 2, padding: 1, hasBias: true,
                start: .normal(deviation: 0.02), in: &$0)
        },
        Start(testDescription: "transposed 4×4, stride two", deviation: (2.0 / (16 * 60)).squareRoot()) {
            _ = TransposedConvolution(
                "layer", input: 20, output: 40, kernel: 4, stride: 2, padding: 1, hasBias: true,
                start: .xavier(gain: 1), in: &$0)
        },
        Start(testDescription: "dense to an image", deviation: 0.02 * (2.0 / (30 + 240)).squareRoot()) {
            _ = PlainDense("layer", input: 30, image: (4, 6, 10), in: &$0)
        },
    ]

    @Test("Weights start with the deviation that they say", arguments: starts) func start(_ start: Start) {
        let declared = DeclaredLayer { start.make(&$0) }
        let parameters = Parameters(declared.declarations)
        parameters.initialize(seed: 1, network: 0)
        let stored = parameters.stored("layer.weight")
        let power = stored.reduce(0) { $0 + $1 * $1 } / Double(stored.count)
        // Five standard errors of the second moment.
        let expected = start.deviation * start.deviation
        #expect(abs(power - expected) < 5 * (2 / Double(stored.count)).squareRoot() * expected)
        #expect(parameters.stored("layer.bias").allSatisfy { $0 == 0 } && !parameters.stored("layer.bias").isEmpty)
    }

    /// Gains of a batch normalisation may start around 1.
    @Test func gainsAroundOne() {
        let declared = DeclaredLayer {
            BatchNormalization("norm", channels: 4000, gainDeviation: 0.02, in: &$0)
        }
        let parameters = Parameters(declared.declarations)
        parameters.initialize(seed: 1, network: 0)
        let gains = parameters.stored("norm.weight")
        let mean = gains.reduce(0, +) / 4000
        let variance = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean - 1) < 5 * 0.02 / 4000.0.squareRoot())
        #expect(abs(variance - 0.0004) < 5 * 0.0004 * (2 / 4000.0).squareRoot())
    }

    /// All ways of a convolution against plain operations.
    @Test(arguments: [1, 3]) func convolutions(kernel: Int) {
        let x = Self.random([2, 4, 6, 3], seed: 1)
        func check(
            stride: Int = 1, _ resampling: ResolutionChange = .none, hasBias: Bool = true,
            _ expected: (Tensor) -> Tensor
        ) {
            let declared = DeclaredLayer {
                PlainConvolution(
                    "layer", input: 3, output: 5, kernel: kernel, stride: stride, resampling: resampling,
                    hasBias: hasBias, activation: Self.leaky, in: &$0)
            }
            let parameters = Parameters.random(declared.declarations, seed: 2)
            let weights = parameters.weights(differentiable: false)
            let w = parameters.tensor("layer.weight", weights)
            let plain = expected(w)
            let bias =
                hasBias
                ? parameters.tensor("layer.bias", weights).reshaped([1, 1, 1, 5]) : Tensor([0], shape: [1, 1, 1, 1])
            let found = declared.layer(x, weights)
            #expect(found.shape == plain.shape)
            // Where the bias and the activation come last, whatever comes first.
            #expect(relativeError(found.array, (plain + bias).activated(Self.leaky).array) < 3e-5)
        }
        check { .convolution(x, $0) }
        check(hasBias: false) { .convolution(x, $0) }
        check(stride: 2) { .convolution(x, $0, stride: 2) }
        check(.up) { .convolution(x.nearestUpsampled(), $0) }
        check(.down) { Tensor.convolution(x, $0).boxDownsampled() }
    }

    /// Strided and transposed convolutions have the layouts of PyTorch's files: [output, input, k, k] and [input, output, k, k].
    @Test func layoutsInFiles() throws {
        let declared = DeclaredLayer { builder in
            _ = StridedConvolution(
                "down", input: 2, output: 3, kernel: 4, stride: 2, padding: 1, hasBias: true,
                start: .normal(deviation: 1), in: &builder)
            _ = TransposedConvolution(
                "up", input: 2, output: 3, kernel: 4, stride: 2, padding: 1, hasBias: true,
                start: .normal(deviation: 1), in: &builder)
        }
        let parameters = Parameters(declared.declarations)
        #expect(try #require(parameters.entry(named: "down.weight")).declaration.layout.referenceShape == [3, 2, 4, 4])
        #expect(try #require(parameters.entry(named: "up.weight")).declaration.layout.referenceShape == [2, 3, 4, 4])
        #expect(try #require(parameters.entry(named: "down.bias")).count == 3)
        #expect(try #require(parameters.entry(named: "up.bias")).count == 3)
    }

    /// A SPADE by its parts: normalised without parameters, times one and the gain, and the bias.
    @Test func spatiallyAdaptive() {
        let declared = DeclaredLayer {
            SpatiallyAdaptiveNormalization("spade", norm: "norm", channels: 5, condition: 3, hidden: 4, in: &$0)
        }
        let parameters = Parameters.random(declared.declarations, seed: 3)
        for (name, value) in [("spade.norm.running_mean", Float(0.5)), ("spade.norm.running_var", 2)] {
            if let entry = parameters.entry(named: name) { Elementwise.fill(parameters.view(entry), with: value) }
        }
        parameters.didChange()
        let weights = parameters.weights(differentiable: false)
        let (x, condition) = (Self.random([2, 4, 6, 5], seed: 4), Self.random([2, 4, 6, 3], seed: 5))
        func convolved(_ x: Tensor, _ name: String) -> Tensor {
            let bias = parameters.tensor("\(name).bias", weights)
            return Tensor.convolution(x, parameters.tensor("\(name).weight", weights))
                + bias.reshaped([1, 1, 1, bias.count])
        }
        let hidden = convolved(condition, "spade.mlp_shared.0").atLeast(0)
        let normalized = (x - 0.5) * (1 / Float(2 + 1e-5).squareRoot())
        let expected = (normalized * (convolved(hidden, "spade.mlp_gamma") + 1) + convolved(hidden, "spade.mlp_beta"))
            .activated(Self.leaky)
        let found = declared.layer([x], conditions: [condition], [weights], activation: Self.leaky)[0]
        #expect(relativeError(found.array, expected.array) < 1e-5)
    }

    /// Of a batch normalisation's parameters, and none of an instance normalisation.
    @Test func featureNormalizations() {
        let batch = DeclaredLayer { FeatureNormalization("norm", .batch, channels: 3, in: &$0) }
        #expect(
            batch.declarations.map(\.name) == ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"])
        let instance = DeclaredLayer { FeatureNormalization("norm", .instance, channels: 3, in: &$0) }
        #expect(instance.declarations.isEmpty)
        let x = Self.random([2, 4, 6, 3], seed: 6)
        let weights = Parameters(instance.declarations).weights(differentiable: false)
        let found = instance.layer([x, x], [weights, weights], activation: Self.leaky)
        let expected = x.instanceNormalized(epsilon: 1e-5, activation: Self.leaky).array
        #expect(found.map(\.array) == [expected, expected])
    }
}
