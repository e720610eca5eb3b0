import Kernels

/// What follows convolutions, with channels that fill vectors and that do not.
var layers: [Kernel] { [3, 20, 48].flatMap(layers(of:)) }

private func layers(of channels: Int) -> [Kernel] {
    let (samples, positions) = (2, 35)
    let count = samples * positions * channels
    let (x, g) = (numbers(count, 10), numbers(count, 11))
    let (scale, bias) = (positives(samples * channels, 12), numbers(channels, 13))
    let noise = numbers(samples * positions, 14)
    let activation = Activation(clamp: 2)
    let terms = [
        Epilogue.Terms(scale: scale, noise: noise, strength: 0.3, bias: bias, activation: activation),
        Epilogue.Terms(bias: bias, activation: activation), Epilogue.Terms(scale: scale),
        Epilogue.Terms(noise: noise, strength: 0.3, activation: activation),
    ]
    /// The results of `body`, of so many elements, for all terms.
    func each(_ counts: [Int], _ body: (Epilogue.Terms, [BufferView]) -> Void) -> [Float] {
        terms.flatMap { terms -> [Float] in
            let results = counts.map { BufferView([Float](repeating: 0, count: $0)) }
            body(terms, results)
            return results.flatMap(\.array)
        }
    }
    return [
        Kernel("epilogue \(channels)") {
            each([count]) { Epilogue.forward(x, $0, samples: samples, channels: channels, into: $1[0]) }
        },
        Kernel("epilogue inverse \(channels)") {
            each([count]) { Epilogue.inverse(x, $0, samples: samples, channels: channels, into: $1[0]) }
        },
        Kernel("epilogue gradient \(channels)") {
            each([count, samples * channels, channels, 1]) { terms, into in
                Epilogue.gradient(
                    g, output: x, terms, samples: samples, channels: channels, into: into[0],
                    scaleGradient: terms.scale == nil ? nil : into[1], biasGradient: into[2],
                    strengthGradient: into[3])
            }
        },
        Kernel("bias gradient \(channels)") {
            let result = BufferView(count: channels)
            Epilogue.biasGradient(g, into: result)
            return result.array
        },
        Kernel("activation gradient \(channels)") {
            let result = BufferView(count: count)
            Epilogue.activationGradient(g, output: x, activation: activation, into: result)
            return result.array
        },
        Kernel("scale gradient \(channels)") {
            let (gradient, result) = (BufferView(g.array), BufferView(count: samples * channels))
            Epilogue.scaleGradient(gradient, x, scale: scale, samples: samples, channels: channels, into: result)
            return gradient.array + result.array
        },
        Kernel("pixel norm \(channels)") {
            let (norm, gradient) = (BufferView(count: count), BufferView(count: count))
            PixelNorm.forward(x, channels: channels, into: norm)
            PixelNorm.gradient(g, x, channels: channels, into: gradient)
            return norm.array + gradient.array
        },
    ]
}
