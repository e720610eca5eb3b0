import CKernels

/// Leaky ReLU with gain and clamp: clamp(gain · (x > 0 ? x : slope·x)).
public struct Activation: Hashable, Sendable {
    /// Slope for negative inputs; 1 is the identity.
    public var slope: Float
    public var gain: Float
    /// Bound on the magnitude of the result; nil for none.
    public var clamp: Float?

    public init(slope: Float = 0.2, gain: Float = Float(2).squareRoot(), clamp: Float? = nil) {
        self.slope = slope
        self.gain = gain
        self.clamp = clamp
    }

    public static let linear = Activation(slope: 1, gain: 1)

    var c: ck_activation { ck_activation(slope: slope, gain: gain, clamp: clamp ?? -1) }
}

/// What follows a convolution in one pass over memory: demodulation, noise, bias, activation.
public enum Epilogue {
    /// out = act(y·scale + noise·strength + bias)
    ///
    /// - Parameters:
    ///   - y: [samples, positions, channels]
    ///   - scale: [samples, channels]
    ///   - noise: [samples, positions], or [positions] for all samples alike
    ///   - bias: [channels]
    public static func forward(
        _ y: BufferView, scale: BufferView?, noise: BufferView?, strength: Float, bias: BufferView?,
        activation: Activation, samples: Int, channels: Int, into out: BufferView
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .epilogue(
                    .epilogue, y.count, samples: samples, channels: channels, passes: 2, others: [scale, noise, bias]))
        }
        let plan = Plan(y.count, samples, channels, scale, noise, bias)
        let (yp, op) = (y.pointer, out.pointer)
        let act = activation.c
        plan.forEachBlock { sample, first, rows, _ in
            let offset = (sample * plan.positions + first) * channels
            ck_epilogue(
                yp + offset, plan.scale(sample), plan.noise(sample, first), strength, plan.bias, op + offset,
                Int64(rows), Int64(channels), act)
        }
    }

    /// gx = g · act′, told from the activation's output.
    public static func activationGradient(
        _ g: BufferView, output: BufferView, activation: Activation, into gx: BufferView
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.activationGradient, g.count, passes: 3)) }
        let (gp, op, xp) = (g.pointer, output.pointer, gx.pointer)
        let act = activation.c
        Workers.forEachRange(g.count, grain: Elementwise.grain) { range in
            let i = range.lowerBound
            ck_activation_gradient(gp + i, op + i, xp + i, Int64(range.count), act)
        }
    }

    /// The gradients of `forward`, in one pass. Sums whose buffer is nil are left out.
    public static func gradient(
        _ g: BufferView, output: BufferView, y: BufferView, scale: BufferView?, noise: BufferView?,
        activation: Activation, samples: Int, channels: Int, into gy: BufferView, scaleGradient: BufferView?,
        biasGradient: BufferView?, strengthGradient: BufferView?
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .epilogue(
                    .epilogueGradient, y.count, samples: samples, channels: channels, passes: 4,
                    others: [scale, noise, scaleGradient, biasGradient, strengthGradient]))
        }
        let plan = Plan(y.count, samples, channels, scale, noise, nil)
        let act = activation.c
        // Each block sums into its own row of [scale | bias | strength]; rows are then added in a fixed order.
        let width = 2 * channels + 16
        let partial = BufferView(count: plan.blocks * width)
        Elementwise.fill(partial, with: 0)
        let (gp, op, yp, gyp, pp) = (g.pointer, output.pointer, y.pointer, gy.pointer, partial.pointer)
        let (wantsScale, wantsBias, wantsStrength) = (
            scaleGradient != nil, biasGradient != nil, strengthGradient != nil
        )
        plan.forEachBlock { sample, first, rows, block in
            let offset = (sample * plan.positions + first) * channels
            let sums = pp + block * width
            ck_epilogue_gradient(
                gp + offset, op + offset, yp + offset, plan.scale(sample), plan.noise(sample, first), gyp + offset,
                wantsScale ? sums : nil, wantsBias ? sums + channels : nil,
                wantsStrength ? sums + 2 * channels : nil, Int64(rows), Int64(channels), act)
        }
        for target in [scaleGradient, biasGradient, strengthGradient] {
            if let target { Elementwise.fill(target, with: 0) }
        }
        for block in 0..<plan.blocks {
            let sums = pp + block * width
            if let target = scaleGradient {
                ck_accumulate(target.pointer + block / plan.blocksPerSample * channels, sums, channels)
            }
            if let target = biasGradient { ck_accumulate(target.pointer, sums + channels, channels) }
            if let target = strengthGradient { target.pointer[0] += sums[2 * channels] }
        }
    }

    /// How positions are dealt: blocks of fixed size inside a sample.
    private struct Plan {
        let positions: Int
        let blockRows: Int
        let blocksPerSample: Int
        let blocks: Int
        let channels: Int
        let scalePointer: UnsafeMutablePointer<Float>?
        let noisePointer: UnsafeMutablePointer<Float>?
        let noisePerSample: Bool
        let bias: UnsafeMutablePointer<Float>?

        init(
            _ count: Int, _ samples: Int, _ channels: Int, _ scale: BufferView?, _ noise: BufferView?,
            _ bias: BufferView?
        ) {
            precondition(
                samples > 0 && channels > 0 && count % (samples * channels) == 0,
                "epilogue: \(count) elements are not \(samples) samples of \(channels) channels")
            positions = count / (samples * channels)
            blockRows = max(1, Elementwise.grain / channels)
            blocksPerSample = (positions + blockRows - 1) / blockRows
            blocks = samples * blocksPerSample
            self.channels = channels
            if let scale {
                precondition(scale.count == samples * channels, "epilogue: \(scale.count) scales")
            }
            if let bias { precondition(bias.count == channels, "epilogue: \(bias.count) biases for \(channels)") }
            if let noise {
                precondition(
                    noise.count == positions || noise.count == positions * samples,
                    "epilogue: \(noise.count) noise values for \(samples) × \(positions) positions")
            }
            scalePointer = scale?.pointer
            noisePointer = noise?.pointer
            self.bias = bias?.pointer
            let perSample = noise?.count == positions * samples
            noisePerSample = perSample
        }

        func scale(_ sample: Int) -> UnsafePointer<Float>? {
            scalePointer.map { UnsafePointer($0 + sample * channels) }
        }

        func noise(_ sample: Int, _ first: Int) -> UnsafePointer<Float>? {
            noisePointer.map { UnsafePointer($0 + (noisePerSample ? sample * positions : 0) + first) }
        }

        func forEachBlock(_ body: (_ sample: Int, _ first: Int, _ rows: Int, _ block: Int) -> Void) {
            // Blocks of small maps are gathered, so that a fork is never paid for a few hundred elements.
            let gather = max(1, Elementwise.grain / (min(blockRows, positions) * channels))
            Workers.forEachRange(blocks, grain: gather) { range in
                for block in range {
                    let first = block % blocksPerSample * blockRows
                    body(block / blocksPerSample, first, min(blockRows, positions - first), block)
                }
            }
        }
    }
}
