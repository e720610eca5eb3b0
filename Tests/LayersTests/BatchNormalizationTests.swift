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

    /// The layer's own and those of each sample, and a leaky ReLU behind: kinks are as unlikely as they are short.
    @Test func gradientsThroughAnActivation() throws {
        var samples = Samples(seed: 6)
        let given = (gains: samples.signed(24, 0.5...1), biases: samples.signed(24, 0.5...1))
        let (layer, parameters) = declared(isAffine: true)
        let seed = samples.signed(144, 0.5...1)
        func loss(_ x: [Tensor], _ gains: [Tensor], _ biases: [Tensor]) -> Tensor {
            let y = layer(x, gains: gains, biases: biases, weights(parameters), activation: Activation(slope: 0.2))
            return (.concatenated(y, axis: 0) * Tensor(seed, shape: [6, 2, 3, 4])).sum()
        }
        /// Of plain operations, on the whole batch as one.
        func plain(_ x: Tensor, _ gains: Tensor, _ biases: Tensor) -> Tensor {
            let mean = x.mean(over: [0, 1, 2])
            let variance = (x - mean).squared().mean(over: [0, 1, 2])
            let unit = (x - mean) * (variance + 0.01).power(-0.5)
            let weights = parameters.weights(differentiable: false)
            func own(_ name: String) -> Tensor { parameters.tensor(name, weights).reshaped([1, 1, 1, 4]) }
            let scale = gains.reshaped([6, 1, 1, 4]) * own("bn.weight")
            let shift = biases.reshaped([6, 1, 1, 4]) + own("bn.bias")
            return ((unit * scale + shift).activated(Activation(slope: 0.2)) * Tensor(seed, shape: [6, 2, 3, 4])).sum()
        }
        let whole = [
            Tensor(values.flatMap(\.self), shape: [6, 2, 3, 4]), Tensor(given.gains, shape: [6, 4]),
            Tensor(given.biases, shape: [6, 4]),
        ].map { $0.variable() }
        let expected = gradients(of: plain(whole[0], whole[1], whole[2]), with: whole)
        let parts = whole.map { tensor in
            (0..<3).map { tensor.detached().slice(axis: 0, start: 2 * $0, length: 2).variable() }
        }
        let value = loss(parts[0], parts[1], parts[2])
        #expect(abs(value.scalar - plain(whole[0], whole[1], whole[2]).scalar) < 1e-4)
        let found = gradients(of: value, with: parts.flatMap(\.self)).map { $0?.array ?? [] }
        for (k, gradient) in expected.enumerated() {
            let all = found[3 * k..<3 * k + 3].flatMap(\.self)
            #expect(relativeError(all, try #require(gradient).array) < 1e-5)
        }
    }

    /// A microbatch that nothing depends on still counts.
    @Test func gradientsOfOneOfTheMicrobatches() throws {
        let (layer, parameters) = declared(isAffine: false)
        let inputs = inputs.map { $0.variable() }
        let all = layer(inputs, weights(parameters))
        let found = gradients(of: all[1].power(3), with: inputs)
        let check = GradientCheck(values.map { ($0, Self.shape) }) { tensors in
            layer(tensors, weights(parameters))[1].power(3)
        }
        #expect(found.allSatisfy { $0 != nil })
        #expect(check.firstOrder() < 1e-4)
    }

    /// Differentiable twice, and the same where nothing is differentiated.
    @Test func movingAveragesAreDifferentiable() {
        let (layer, parameters) = declared(isAffine: true)
        let weights = parameters.weights(differentiable: false)
        var samples = Samples(seed: 8)
        let factors = [(samples.signed(8, 0.5...1), [2, 4]), (samples.signed(8, 0.5...1), [2, 4])]
        let check = GradientCheck([(values[0], Self.shape)] + factors) {
            layer($0[0], gain: $0[1], bias: $0[2], weights)
        }
        #expect(check.firstOrder() < 4e-5 && check.secondOrder() < 4e-5)
        let x = inputs[0]
        let activation = Activation(slope: 0, gain: 1)
        let (fused, composed) = (
            layer(x, weights, activation: activation), layer(x.variable(), weights, activation: activation)
        )
        #expect(relativeError(fused.array, composed.array) < 1e-6 && fused.array.contains(0))
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
