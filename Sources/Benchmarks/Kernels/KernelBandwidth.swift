import Kernels

extension KernelBenchmark {
    /// A pass over memory and the bytes that it moves.
    private struct Pass {
        let name: String
        let bytes: Int
        let run: () -> Void

        /// - Parameter floats: read, plus those written.
        init(_ name: String, _ floats: Int, _ run: @escaping () -> Void) {
            self.name = name
            bytes = floats * MemoryLayout<Float>.stride
            self.run = run
        }
    }

    /// The kernels that memory bounds. The first, y = a·x + b, is the yardstick of the others.
    func measure(_ map: Map) -> [Bandwidth] {
        let wanted = Self.passes(map).filter { isWanted("\($0.name) \(map.name)") }
        let timings = Timings.interleaved(wanted.map(\.run), seconds: seconds)
        return zip(wanted, timings).map { pass, timings in
            Bandwidth(
                name: "\(pass.name) \(map.name)", microseconds: timings.median * 1e6,
                gigabytesPerSecond: Double(pass.bytes) / timings.median / 1e9, spread: timings.spread)
        }
    }

    private static func passes(_ map: Map) -> [Pass] {
        let (x, g) = (random(map.count, stream: 0), random(map.count, stream: 1))
        return [Pass("affine", 2 * map.count) { Elementwise.affine(x, scale: 0.5, into: g) }]
            + layerPasses(map, x, g) + resamplingPasses(map, x) + optimizerPasses(map.count)
    }

    private static func layerPasses(_ map: Map, _ x: BufferView, _ g: BufferView) -> [Pass] {
        let (samples, channels, count) = (map.batch, map.channels, map.count)
        let (out, result) = (random(count, stream: 2), BufferView(count: count))
        let style = random(samples * channels, stream: 3)
        let styleGradient = BufferView(count: samples * channels)
        let (bias, biasGradient) = (random(channels, stream: 4), BufferView(count: channels))
        let (noise, strengthGradient) = (random(samples * map.positions, stream: 5), BufferView(count: 1))
        let activation = Activation(clamp: 256)
        let terms = Epilogue.Terms(scale: style, noise: noise, strength: 0.1, bias: bias, activation: activation)
        let shape = [samples, map.positions, channels]
        let styleShape = [samples, 1, channels]
        return [
            Pass("epilogue", 2 * count + noise.count) {
                Epilogue.forward(x, terms, samples: samples, channels: channels, into: result)
            },
            Pass("epilogue gradient", 3 * count + noise.count) {
                Epilogue.gradient(
                    g, output: out, terms, samples: samples, channels: channels, into: result,
                    scaleGradient: styleGradient, biasGradient: biasGradient, strengthGradient: strengthGradient)
            },
            Pass("activation gradient", 3 * count) {
                Epilogue.activationGradient(g, output: out, activation: activation, into: result)
            },
            Pass("broadcast multiply", 2 * count) {
                Broadcast.binary(.multiply, x, shape, style, styleShape, into: result, shape: shape)
            },
            Pass("contract", 2 * count) {
                Broadcast.contract(x, shape, g, shape, into: styleGradient, styleShape)
            },
        ]
    }

    /// Between the map's resolution and half of it.
    private static func resamplingPasses(_ map: Map, _ x: BufferView) -> [Pass] {
        let half = map.size / 2
        let (low, high) = (BufferView(count: map.count / 4), BufferView(count: map.count))
        let source = random(map.count / 4, stream: 6)
        return [
            Pass("upsample", high.count + source.count) {
                ResamplingKernels.up(
                    source, into: high, batch: map.batch, height: half, width: half, channels: map.channels)
            },
            Pass("downsample", x.count + low.count) {
                ResamplingKernels.down(
                    x, into: low, batch: map.batch, height: map.size, width: map.size, channels: map.channels)
            },
        ]
    }

    /// On as many parameters as the map has elements.
    private static func optimizerPasses(_ count: Int) -> [Pass] {
        let (p, g) = (random(count, stream: 7), random(count, stream: 8))
        let (m, v, average) = (BufferView(count: count), BufferView(count: count), random(count, stream: 9))
        Elementwise.fill(m, with: 0)
        Elementwise.fill(v, with: 0)
        let step = OptimizerKernels.AdamStep(
            gradientScale: 0.5, stepSize: 0.001, beta1: 0, beta2: 0.99, correction: 1, epsilon: 1e-8)
        return [
            Pass("adam", 7 * count) {
                OptimizerKernels.adam(parameters: p, gradients: g, firstMoments: m, secondMoments: v, step)
            },
            Pass("moving average", 3 * count) { OptimizerKernels.movingAverage(average, of: p, decay: 0.999) },
        ]
    }
}
