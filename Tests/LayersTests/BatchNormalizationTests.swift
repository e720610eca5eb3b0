import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

@Suite struct BatchNormalizationTests {
    /// One rank with all microbatches.
    private final class Whole: GlobalSummation {
        let microbatches: Int
        init(_ microbatches: Int) { self.microbatches = microbatches }

        func sum(_ leaves: [BufferView], into total: BufferView) {
            Elementwise.fill(total, with: 0)
            for leaf in leaves { Elementwise.accumulate(leaf, into: total) }
        }
    }

    private static let parts = 3
    private static let shape = [2, 2, 3, 4]
    private static let channels = 4
    private let values: [[Float]]

    init() {
        var samples = Samples(seed: 1)
        // Means away from zero.
        values = (0..<Self.parts).map { _ in samples.floats(48, 0.5...2) }
    }

    private var inputs: [Tensor] { values.map { Tensor($0, shape: Self.shape) } }

    private func declared(isAffine: Bool) -> (layer: BatchNormalization, parameters: Parameters) {
        let declared = DeclaredLayer {
            BatchNormalization("bn", channels: Self.channels, isAffine: isAffine, epsilon: 0.01, decay: 0.9, in: &$0)
        }
        let parameters = Parameters.random(declared.declarations, seed: 2)
        if let variance = parameters.entry(named: "bn.running_var") {
            Elementwise.copy(BufferView([0.5, 1, 2, 4]), into: parameters.view(variance))
        }
        return (declared.layer, parameters)
    }

    private func weights(_ parameters: Parameters, differentiable: Bool = false) -> [Weights] {
        let whole = Whole(Self.parts)
        return (0..<Self.parts).map { _ in parameters.weights(differentiable: differentiable, batch: whole) }
    }

    /// Mean and variance of a channel over all microbatches.
    private func moments(_ channel: Int) -> (mean: Double, variance: Double) {
        let all = values.flatMap { part in stride(from: channel, to: 48, by: 4).map { Double(part[$0]) } }
        let mean = all.reduce(0, +) / Double(all.count)
        return (mean, all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count))
    }

    @Test(arguments: [false, true]) func definition(isAffine: Bool) {
        let (layer, parameters) = declared(isAffine: isAffine)
        let (gain, bias) = (parameters.stored("bn.weight"), parameters.stored("bn.bias"))
        let weights = weights(parameters)
        let found = layer(inputs, weights)
        for (part, y) in found.enumerated() {
            let expected = values[part].enumerated().map { i, x in
                let (mean, variance) = moments(i % 4)
                let unit = (Double(x) - mean) / (variance + 0.01).squareRoot()
                return isAffine ? unit * gain[i % 4] + bias[i % 4] : unit
            }
            #expect(y.shape == Self.shape && relativeError(y.array, expected) < 1e-5)
            // The moving variance is that of 35 degrees of freedom, of 36 numbers.
            let noted = (0..<4).map { moments($0).mean } + (0..<4).map { moments($0).variance * 36 / 35 }
            #expect(relativeError(weights[part].noted, noted) < 1e-5)
        }
        let before = parameters.stored("bn.running_mean")
        #expect(parameters.follow(weights[0].noted) == nil)
        let expected = before.enumerated().map { 0.9 * $1 + 0.1 * moments($0).mean }
        #expect(relativeError(parameters.stored("bn.running_mean").map(Float.init), expected) < 1e-6)
    }

    /// A gain and a bias for each sample (arXiv 1610.07629).
    @Test func gainsFromOutside() {
        let (layer, parameters) = declared(isAffine: false)
        var samples = Samples(seed: 3)
        let (gains, biases) = (
            (0..<Self.parts).map { _ in samples.floats(8) }, (0..<Self.parts).map { _ in samples.floats(8) }
        )
        let found = layer(
            inputs, gains: gains.map { Tensor($0, shape: [2, 4]) }, biases: biases.map { Tensor($0, shape: [2, 4]) },
            weights(parameters))
        for (part, y) in found.enumerated() {
            let expected = values[part].enumerated().map { i, x in
                let (mean, variance) = moments(i % 4)
                let place = i / 24 * 4 + i % 4
                return (Double(x) - mean) / (variance + 0.01).squareRoot() * Double(gains[part][place])
                    + Double(biases[part][place])
            }
            #expect(relativeError(y.array, expected) < 1e-5)
        }
    }

    /// One microbatch alone goes by the moving averages, and notes nothing.
    @Test func movingAveragesTakeThePlaceOfTheBatch() {
        let (layer, parameters) = declared(isAffine: true)
        let weights = parameters.weights(differentiable: false)
        let found = layer(inputs[0], weights)
        let (mean, variance) = (parameters.stored("bn.running_mean"), parameters.stored("bn.running_var"))
        let (gain, bias) = (parameters.stored("bn.weight"), parameters.stored("bn.bias"))
        let expected = values[0].enumerated().map { i, x in
            let c = i % 4
            return (Double(x) - mean[c]) / (variance[c] + 0.01).squareRoot() * gain[c] + bias[c]
        }
        #expect(relativeError(found.array, expected) < 1e-5)
        #expect(weights.noted == [])
    }

    @Test func gradientsInImagesGainsAndBiases() {
        var samples = Samples(seed: 4)
        let inputs =
            values.map { ($0, Self.shape) } + (0..<2 * Self.parts).map { _ in (samples.signed(8, 0.5...1), [2, 4]) }
        let (layer, parameters) = declared(isAffine: false)
        let check = GradientCheck(inputs) { tensors in
            let all = weights(parameters)
            return .concatenated(
                layer(
                    Array(tensors[..<3]), gains: Array(tensors[3..<6]), biases: Array(tensors[6...]), all), axis: 0)
        }
        #expect(check.firstOrder() < 1e-4)
    }

    /// A dense layer's features, and gains of its own.
    @Test func gradientsInItsParameters() throws {
        let (layer, parameters) = declared(isAffine: true)
        let features = values.map { Tensor($0, shape: [12, 4]) }
        var samples = Samples(seed: 5)
        let seed = samples.signed(48, 0.5...1)
        func losses(_ weights: [Weights]) -> [Tensor] {
            layer(features, weights).map { ($0 * Tensor(seed, shape: [12, 4])).sum() }
        }
        let all = weights(parameters, differentiable: true)
        var sum = [Float](repeating: 0, count: 8)
        gradients(of: losses(all), with: all.map { parameters.all.variables($0) }) { _, place, gradient in
            for (i, value) in (gradient?.array ?? []).enumerated() { sum[place * 4 + i] += value }
        }
        // Linear in both.
        for i in 0..<8 {
            func value(_ step: Float) -> Double {
                parameters.values.withUnsafeElements { $0[i] += step }
                parameters.didChange()
                defer {
                    parameters.values.withUnsafeElements { $0[i] -= step }
                    parameters.didChange()
                }
                return losses(weights(parameters)).reduce(0) { $0 + Double($1.scalar) }
            }
            let slope = (value(0.5) - value(-0.5))
            #expect(abs(slope - Double(sum[i])) < 1e-4 * max(1, abs(slope)), "\(i): \(slope), found \(sum[i])")
        }
    }
}
