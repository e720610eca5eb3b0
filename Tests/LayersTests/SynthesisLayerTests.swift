import Autodiff
import Kernels
import Layers
import NumericalTesting
import Testing

/// The layers scale inputs and outputs; the paper scales the weights of every sample (arXiv 1912.04958, equations 1–3).
@Suite struct SynthesisLayerTests {
    private let samples = 3
    private let input = 5
    private let output = 4
    private let styleDim = 6

    /// s = A(w): w·weight/√styleDim + bias.
    private func style(_ w: [Float], _ parameters: Parameters, _ name: String) -> [[Double]] {
        let (weight, bias) = (parameters.stored("\(name).affine.weight"), parameters.stored("\(name).affine.bias"))
        let scale = 1 / Double(styleDim).squareRoot()
        var styles: [[Double]] = []
        for n in 0..<samples {
            var style = bias
            for i in 0..<input {
                for k in 0..<styleDim {
                    style[i] += scale * Double(w[n * styleDim + k]) * weight[k * input + i]
                }
            }
            styles.append(style)
        }
        return styles
    }

    enum NoiseKind: CaseIterable { case none, constant, random }

    @Test("Synthesis layer", arguments: [false, true], NoiseKind.allCases)
    func synthesis(isUp: Bool, noiseKind: NoiseKind) {
        let (height, resolution) = (isUp ? 4 : 8, 8)
        // A clamp that some outputs hit.
        let declared = DeclaredLayer {
            SynthesisLayer(
                "b8.conv", input: input, output: output, styleDim: styleDim, resolution: resolution, isUp: isUp,
                clamp: 1.5, in: &$0)
        }
        let layer = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 1)
        var random = Samples(seed: 2)
        let x = random.floats(samples * height * height * input)
        let w = random.floats(samples * styleDim)
        let planes = random.floats(samples * resolution * resolution)
        let noise: Noise =
            switch noiseKind {
            case .none: .none
            case .constant: .constant
            case .random:
                .random { layer in
                    #expect(layer.resolution == resolution && layer.isUp == isUp)
                    return Tensor(planes, shape: [samples, resolution, resolution])
                }
            }
        let found = layer(
            Tensor(x, shape: [samples, height, height, input]), w: Tensor(w, shape: [samples, styleDim]), noise: noise,
            parameters.weights(differentiable: false))

        let styles = style(w, parameters, "b8.conv")
        let (weight, bias) = (parameters.stored("b8.conv.weight"), parameters.stored("b8.conv.bias"))
        let strength = parameters.stored("b8.conv.noise_strength")[0]
        let fixed = parameters.stored("b8.conv.noise_const")
        let convolution = NaiveConvolution(
            height: height, width: height, input: input, output: output, kernel: 3, resampling: isUp ? .up : .none)
        var expected: [Double] = []
        for n in 0..<samples {
            // w′ = s·w and w″ = w′ / √(Σ w′² + ε)
            func modulated(_ tap: Int, _ i: Int, _ o: Int) -> Double {
                styles[n][i] * weight[(tap * input + i) * output + o]
            }
            let demodulation = (0..<output).map { o in
                1
                    / (0..<9 * input).reduce(1e-8) { sum, index in
                        let value = modulated(index / input, index % input, o)
                        return sum + value * value
                    }.squareRoot()
            }
            let image = x[(n * height * height * input)..<((n + 1) * height * height * input)]
            let y = convolution(image) { modulated($0 * 3 + $1, $2, $3) * demodulation[$3] }
            for (index, value) in y.enumerated() {
                let pixel = index / output
                let noise: Double =
                    switch noiseKind {
                    case .none: 0
                    case .constant: fixed[pixel]
                    case .random: Double(planes[n * resolution * resolution + pixel])
                    }
                expected.append(leaky(value + noise * strength + bias[index % output], Activation(clamp: 1.5)))
            }
        }
        #expect(found.shape == [samples, resolution, resolution, output])
        #expect(relativeError(found.array, expected) < 1e-6)
    }

    @Test("To RGB: modulated, not demodulated, scaled by 1/√input, clamped", arguments: [nil, 0.5] as [Float?])
    func toRGB(clamp: Float?) {
        let declared = DeclaredLayer {
            ToRGB("torgb", input: input, output: 3, styleDim: styleDim, clamp: clamp, in: &$0)
        }
        let layer = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 3)
        var random = Samples(seed: 4)
        let x = random.floats(samples * 6 * input)
        let w = random.floats(samples * styleDim)
        let found = layer(
            Tensor(x, shape: [samples, 2, 3, input]), w: Tensor(w, shape: [samples, styleDim]),
            parameters.weights(differentiable: false))
        let styles = style(w, parameters, "torgb")
        let (weight, bias) = (parameters.stored("torgb.weight"), parameters.stored("torgb.bias"))
        let activation = Activation(slope: 1, gain: 1, clamp: clamp)
        let expected = (0..<samples * 6 * 3).map { (index: Int) -> Double in
            let (pixel, o) = (index / 3, index % 3)
            var sum = 0.0
            for i in 0..<input { sum += Double(x[pixel * input + i]) * styles[pixel / 6][i] * weight[i * 3 + o] }
            return leaky(sum / Double(input).squareRoot() + bias[o], activation)
        }
        #expect(found.shape == [samples, 2, 3, 3])
        #expect(relativeError(found.array, expected) < 1e-6)
    }

    @Test("Recorded gradients of a synthesis layer are those of the fused pass", arguments: [false, true])
    func recording(isUp: Bool) {
        let declared = DeclaredLayer {
            SynthesisLayer(
                "conv", input: 3, output: 4, styleDim: 5, resolution: 4, isUp: isUp, clamp: nil, in: &$0)
        }
        let layer = declared.layer
        let parameters = Parameters.random(declared.declarations, seed: 5)
        var random = Samples(seed: 6)
        let size = isUp ? 2 : 4
        let weights = parameters.weights(differentiable: true)
        let x = Tensor(random.floats(2 * size * size * 3), shape: [2, size, size, 3]).variable()
        let w = Tensor(random.floats(10), shape: [2, 5]).variable()
        let y = layer(x, w: w, noise: .constant, weights)
        let variables = [x, w] + parameters.all.variables(weights)
        let seed = Tensor(random.floats(y.count), shape: y.shape)
        let composed = gradients(of: y, seed: seed, with: variables, recording: true)
        let fused = gradients(of: y, seed: seed, with: variables)
        for (k, (a, b)) in zip(fused, composed).enumerated() {
            guard let a, let b else {
                Issue.record("no gradient in variable \(k)")
                continue
            }
            #expect(relativeError(a.array, b.array) < 1e-5, "variable \(k)")
        }
    }
}
