import Kernels
import NumericalTesting
import Testing

/// act(y·scale + noise·strength + bias) and its gradients in Double.
struct EpilogueReference: Sendable, CustomTestStringConvertible {
    enum NoiseKind: CaseIterable { case none, shared, perSample }

    let samples: Int
    let positions: Int
    let channels: Int
    let noiseKind: NoiseKind
    let hasScale: Bool
    let hasBias: Bool
    let activation: Activation

    var testDescription: String {
        "\(samples)×\(positions)×\(channels), noise \(noiseKind), scale \(hasScale), bias \(hasBias), \(activation)"
    }

    /// Several blocks to a sample (positions · channels > 16384), several samples to a block, one channel.
    static let all: [EpilogueReference] = [(3, 35, 7), (2, 700, 64), (5, 1, 1), (2, 40_000, 1), (1, 9, 1000)]
        .flatMap { samples, positions, channels in
            NoiseKind.allCases.flatMap { noise in
                [
                    (true, true, Activation(clamp: 0.9)), (false, true, Activation()),
                    (true, false, Activation(slope: 1, gain: 0.5)), (false, false, .linear),
                ].map { scale, bias, activation in
                    EpilogueReference(
                        samples: samples, positions: positions, channels: channels, noiseKind: noise, hasScale: scale,
                        hasBias: bias, activation: activation)
                }
            }
        }

    private func values(_ count: Int, _ seed: UInt64) -> [Float] {
        var random = Samples(seed: seed)
        return random.floats(count)
    }
    var count: Int { samples * positions * channels }
    var y: [Float] { values(count, 1) }
    var g: [Float] { values(count, 2) }
    /// Away from zero, since a gradient is told from the output.
    var scale: [Float]? {
        var random = Samples(seed: 3)
        return hasScale ? random.floats(samples * channels, 0.5...1.25) : nil
    }
    var bias: [Float]? { hasBias ? values(channels, 4) : nil }
    var strength: Float { 0.375 }
    var noise: [Float]? {
        switch noiseKind {
        case .none: nil
        case .shared: values(positions, 5)
        case .perSample: values(samples * positions, 5)
        }
    }

    var terms: Epilogue.Terms {
        Epilogue.Terms(
            scale: scale.map(BufferView.init), noise: noise.map(BufferView.init), strength: strength,
            bias: bias.map(BufferView.init), activation: activation)
    }

    func forward() -> [Float] {
        let out = BufferView([Float](repeating: .nan, count: count))
        Epilogue.forward(BufferView(y), terms, samples: samples, channels: channels, into: out)
        return out.array
    }

    /// [gy, scale, bias, strength]; those that do not exist are empty.
    func gradient() -> [[Float]] {
        func nan(_ count: Int) -> BufferView { BufferView([Float](repeating: .nan, count: count)) }
        let gy = nan(count)
        let gScale = hasScale ? nan(samples * channels) : nil
        let gBias = hasBias ? nan(channels) : nil
        let gStrength = noise == nil ? nil : nan(1)
        Epilogue.gradient(
            BufferView(g), output: BufferView(forward()), terms, samples: samples, channels: channels, into: gy,
            scaleGradient: gScale, biasGradient: gBias, strengthGradient: gStrength)
        return [gy.array, gScale?.array ?? [], gBias?.array ?? [], gStrength?.array ?? []]
    }

    /// Output and gradients in the order of `gradient`, each beside the magnitudes that rounding is relative to.
    func expected() -> (output: [Double], gradients: [[Double]], magnitudes: [[Double]]) {
        let (y, g, scale, noise, bias) = (y, g, scale, noise, bias)
        var output = [Double](repeating: 0, count: count)
        var gradients = [
            output, [Double](repeating: 0, count: hasScale ? samples * channels : 0),
            [Double](repeating: 0, count: hasBias ? channels : 0), [Double](repeating: 0, count: noise == nil ? 0 : 1),
        ]
        var magnitudes = gradients
        func add(_ k: Int, _ i: Int, _ value: Double) {
            gradients[k][i] += value
            magnitudes[k][i] += abs(value)
        }
        let clamp = activation.clamp.map(Double.init) ?? .infinity
        for s in 0..<samples {
            for p in 0..<positions {
                let n = noise.map { Double($0[noiseKind == .perSample ? s * positions + p : p]) }
                for c in 0..<channels {
                    let i = (s * positions + p) * channels + c
                    let factor = scale.map { Double($0[s * channels + c]) } ?? 1
                    let z = Double(y[i]) * factor + (n ?? 0) * Double(strength) + (bias.map { Double($0[c]) } ?? 0)
                    let slope = Double(activation.gain) * (z > 0 ? 1 : Double(activation.slope))
                    output[i] = min(max(z * slope, -clamp), clamp)
                    let gz = abs(z * slope) < clamp ? Double(g[i]) * slope : 0
                    add(0, i, gz * factor)
                    if hasScale { add(1, s * channels + c, gz * Double(y[i])) }
                    if hasBias { add(2, c, gz) }
                    if let n { add(3, 0, gz * n) }
                }
            }
        }
        return (output, gradients, magnitudes)
    }
}

@Suite struct EpilogueTests {
    @Test("Forward and gradients against the definition in Double", arguments: EpilogueReference.all)
    func definition(_ layer: EpilogueReference) {
        let expected = layer.expected()
        #expect(relativeError(layer.forward(), expected.output) < 3e-7)
        for (k, found) in layer.gradient().enumerated() {
            #expect(found.count == expected.gradients[k].count)
            for i in found.indices {
                let error = abs(Double(found[i]) - expected.gradients[k][i])
                // At a kink, single and double precision may be on different sides: their number is that of
                // preactivations within 10⁻⁷ of it, which the seed avoids.
                #expect(error <= 4e-6 * expected.magnitudes[k][i], "gradient \(k), element \(i)")
            }
        }
    }

    @Test("A clamp is hit, and stops gradients, on both sides")
    func clamp() {
        let activation = Activation(slope: 0.5, gain: 2, clamp: 1)
        let x = BufferView([-3, -1.5, -1, -0.5, 0, 0.25, 0.5, 0.75])
        let out = BufferView(count: 8)
        Epilogue.forward(x, Epilogue.Terms(activation: activation), samples: 1, channels: 1, into: out)
        #expect(out.array == [-1, -1, -1, -0.5, 0, 0.5, 1, 1])
        let g = BufferView([Float](repeating: 1, count: 8))
        let gx = BufferView(count: 8)
        Epilogue.activationGradient(g, output: out, activation: activation, into: gx)
        #expect(gx.array == [0, 0, 0, 1, 1, 2, 0, 0])
    }

    @Test("What an activation was applied to is told from its output", arguments: [0.25, 1] as [Float])
    func inverse(slope: Float) {
        let layer = EpilogueReference(
            samples: 3, positions: 50, channels: 20, noiseKind: .perSample, hasScale: true, hasBias: true,
            activation: Activation(slope: slope, clamp: 100))
        let y = BufferView(count: layer.count)
        Epilogue.inverse(
            BufferView(layer.forward()), layer.terms, samples: layer.samples, channels: layer.channels, into: y)
        #expect(relativeError(y.array, layer.y.map(Double.init)) < 1e-6)
    }

    @Test("The gradients of x·scale", arguments: [(3, 35, 7), (2, 700, 64), (5, 1, 1), (2, 40_000, 1)])
    func scaleGradient(samples: Int, positions: Int, channels: Int) {
        var random = Samples(seed: 9)
        let count = samples * positions * channels
        let (g, x, scale) = (random.floats(count), random.floats(count), random.floats(samples * channels))
        let gx = BufferView(g)
        let gScale = BufferView([Float](repeating: .nan, count: scale.count))
        Epilogue.scaleGradient(
            gx, BufferView(x), scale: BufferView(scale), samples: samples, channels: channels, into: gScale)
        var expected = [Double](repeating: 0, count: scale.count)
        var magnitude = expected
        for i in 0..<count {
            let k = i / (positions * channels) * channels + i % channels
            #expect(gx.array[i] == g[i] * scale[k] || count > 1000)
            expected[k] += Double(g[i]) * Double(x[i])
            magnitude[k] += abs(Double(g[i]) * Double(x[i]))
        }
        for k in scale.indices { #expect(abs(Double(gScale.array[k]) - expected[k]) <= 4e-6 * magnitude[k]) }
    }

    @Test("The gradient of a bias alone has the bits of the whole gradient's", arguments: [3, 20, 48, 64, 100])
    func biasGradient(channels: Int) {
        let g = BufferView(uniform(700 * channels, seed: 9))
        let (alone, whole) = (BufferView(count: channels), BufferView(count: channels))
        Epilogue.biasGradient(g, into: alone)
        Epilogue.gradient(
            g, output: g, .init(), samples: 1, channels: channels, into: BufferView(count: g.count), scaleGradient: nil,
            biasGradient: whole, strengthGradient: nil)
        #expect(alone.array == whole.array)
    }

    @Test("NaN passes through an activation with a clamp")
    func nan() {
        let out = BufferView(count: 1)
        Epilogue.forward(
            BufferView([.nan]), Epilogue.Terms(activation: Activation(clamp: 1)), samples: 1, channels: 1, into: out)
        #expect(out.array[0].isNaN)
    }

    @Test("Gradients against differences", arguments: EpilogueReference.NoiseKind.allCases)
    func differences(noise: EpilogueReference.NoiseKind) {
        // Linear but for a clamp that is never hit, so that a large step is exact up to rounding.
        let layer = EpilogueReference(
            samples: 3, positions: 11, channels: 5, noiseKind: noise, hasScale: true, hasBias: true,
            activation: Activation(slope: 1, gain: 0.5, clamp: 100))
        func value(_ y: [Float], _ scale: [Float], _ strength: Float, _ bias: [Float]) -> Double {
            let out = BufferView(count: layer.count)
            var terms = layer.terms
            (terms.scale, terms.strength, terms.bias) = (BufferView(scale), strength, BufferView(bias))
            Epilogue.forward(BufferView(y), terms, samples: layer.samples, channels: layer.channels, into: out)
            return innerProduct(out.array, layer.g)
        }
        let (y, scale, bias, strength) = (layer.y, layer.scale!, layer.bias!, layer.strength)
        let found = layer.gradient()
        func expectSlope(_ found: Float, _ difference: (Float) -> Double) {
            #expect(abs((difference(0.5) - difference(-0.5)) - Double(found)) < 2e-6)
        }
        for i in y.indices {
            expectSlope(found[0][i]) { step in
                var moved = y
                moved[i] += step
                return value(moved, scale, strength, bias)
            }
        }
        for i in scale.indices {
            expectSlope(found[1][i]) { step in
                var moved = scale
                moved[i] += step
                return value(y, moved, strength, bias)
            }
        }
        for i in bias.indices {
            expectSlope(found[2][i]) { step in
                var moved = bias
                moved[i] += step
                return value(y, scale, strength, moved)
            }
        }
        if noise != .none { expectSlope(found[3][0]) { value(y, scale, strength + $0, bias) } }
    }
}
