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
    /// act(y·scale + noise·strength + bias), each term optional.
    public struct Terms: Sendable {
        /// [samples, channels]
        public var scale: BufferView?
        /// [samples, positions], or [positions] for all samples alike.
        public var noise: BufferView?
        /// The noise's factor.
        public var strength: Float
        /// [channels]
        public var bias: BufferView?
        public var activation: Activation

        public init(
            scale: BufferView? = nil, noise: BufferView? = nil, strength: Float = 0, bias: BufferView? = nil,
            activation: Activation = .linear
        ) {
            self.scale = scale
            self.noise = noise
            self.strength = strength
            self.bias = bias
            self.activation = activation
        }

        /// Those of one sample from a position on. The pointers live as long as these terms' buffers.
        func c(sample: Int, first: Int = 0, positions: Int, channels: Int) -> ck_epilogue_terms {
            let noiseOffset = noise.map { $0.count == positions ? first : sample * positions + first } ?? 0
            return ck_epilogue_terms(
                scale: scale.map { UnsafePointer($0.pointer + sample * channels) },
                noise: noise.map { UnsafePointer($0.pointer + noiseOffset) },
                bias: bias.map { UnsafePointer($0.pointer) }, strength: strength, activation: activation.c)
        }

        func check(samples: Int, positions: Int, channels: Int) {
            precondition(
                scale.map { $0.count == samples * channels } ?? true && bias.map { $0.count == channels } ?? true
                    && noise.map { $0.count == positions || $0.count == positions * samples } ?? true,
                "epilogue: \(scale?.count ?? 0) scales, \(noise?.count ?? 0) noise values, \(bias?.count ?? 0) biases "
                    + "for \(samples) × \(positions) × \(channels)")
        }
    }

    /// out = act(y·scale + noise·strength + bias)
    ///
    /// - Parameters:
    ///   - y: [samples, positions, channels]
    ///   - out: may be `y`.
    public static func forward(
        _ y: BufferView, _ terms: Terms, samples: Int, channels: Int, into out: BufferView
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .epilogue(
                    .epilogue, y.count, samples: samples, channels: channels, passes: 2,
                    others: [terms.scale, terms.noise, terms.bias]))
        }
        let plan = SampleBlocks(y.count, samples, channels)
        terms.check(samples: samples, positions: plan.positions, channels: channels)
        let (yp, op) = (y.pointer, out.pointer)
        plan.forEachBlock { sample, first, rows, _ in
            let offset = (sample * plan.positions + first) * channels
            var c = terms.c(sample: sample, first: first, positions: plan.positions, channels: channels)
            ck_epilogue(yp + offset, &c, op + offset, Int64(rows), Int64(channels))
        }
    }

    /// y, told from the output of `forward`; a scale must not be zero. What a clamp cut off, or a slope of zero, is not told: no gradient
    /// asks for it.
    public static func inverse(_ out: BufferView, _ terms: Terms, samples: Int, channels: Int, into y: BufferView) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.epilogueInverse, out.count, passes: 2)) }
        let plan = SampleBlocks(out.count, samples, channels)
        terms.check(samples: samples, positions: plan.positions, channels: channels)
        let (op, yp) = (out.pointer, y.pointer)
        plan.forEachBlock { sample, first, rows, _ in
            let offset = (sample * plan.positions + first) * channels
            var c = terms.c(sample: sample, first: first, positions: plan.positions, channels: channels)
            ck_epilogue_inverse(op + offset, &c, yp + offset, Int64(rows), Int64(channels))
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

    /// The gradients of `forward`, in one pass, from its output alone. Sums whose buffer is nil are left out.
    ///
    /// - Parameters:
    ///   - gy: [samples, positions, channels]
    ///   - scaleGradient: [samples, channels]. A scale must not be zero.
    public static func gradient(
        _ g: BufferView, output: BufferView, _ terms: Terms, samples: Int, channels: Int, into gy: BufferView,
        scaleGradient: BufferView?, biasGradient: BufferView?, strengthGradient: BufferView?
    ) {
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(
                start,
                .epilogue(
                    .epilogueGradient, g.count, samples: samples, channels: channels, passes: 3,
                    others: [terms.scale, terms.noise, scaleGradient, biasGradient, strengthGradient]))
        }
        let plan = SampleBlocks(g.count, samples, channels)
        terms.check(samples: samples, positions: plan.positions, channels: channels)
        // Each block sums into its own row of [scale | bias | strength]; rows are then added in a fixed order.
        let width = 2 * channels + 16
        let partial = BufferView(count: plan.blocks * width)
        Elementwise.fill(partial, with: 0)
        let (gp, op, gyp, pp) = (g.pointer, output.pointer, gy.pointer, partial.pointer)
        let (wantsScale, wantsBias, wantsStrength) = (
            scaleGradient != nil, biasGradient != nil, strengthGradient != nil
        )
        plan.forEachBlock { sample, first, rows, block in
            let offset = (sample * plan.positions + first) * channels
            let sums = pp + block * width
            var c = terms.c(sample: sample, first: first, positions: plan.positions, channels: channels)
            ck_epilogue_gradient(
                gp + offset, op + offset, &c, gyp + offset, wantsScale ? sums : nil,
                wantsBias ? sums + channels : nil, wantsStrength ? sums + 2 * channels : nil, Int64(rows),
                Int64(channels))
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
        if let target = scaleGradient, let scale = terms.scale {
            // Summed was what the scale had been applied to.
            for i in 0..<target.count { target.pointer[i] /= scale.pointer[i] }
        }
    }

    /// The gradient of a bias alone, behind which nothing else is: Σ g by channel, with the bits of
    /// ``gradient(_:output:_:samples:channels:into:scaleGradient:biasGradient:strengthGradient:)``.
    ///
    /// - Parameter biasGradient: [channels], overwritten.
    public static func biasGradient(_ g: BufferView, into biasGradient: BufferView) {
        let channels = biasGradient.count
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.biasGradient, g.count / channels, count: channels, passes: 1)) }
        let plan = SampleBlocks(g.count, 1, channels)
        let partial = BufferView(count: max(1, plan.blocks * channels))
        let (gp, pp, target) = (g.pointer, partial.pointer, biasGradient.pointer)
        plan.forEachBlock { _, first, rows, block in
            ck_channel_sums(gp + first * channels, pp + block * channels, Int64(rows), Int64(channels))
        }
        target.update(repeating: 0, count: channels)
        for block in 0..<plan.blocks { ck_accumulate(target, pp + block * channels, channels) }
    }

    /// The gradients of x·scale in one pass.
    ///
    /// - Parameters:
    ///   - g: [samples, positions, channels], the gradient of the product; becomes that of x.
    ///   - x: [samples, positions, channels]
    ///   - scale: [samples, channels]
    ///   - scaleGradient: [samples, channels], overwritten.
    public static func scaleGradient(
        _ g: BufferView, _ x: BufferView, scale: BufferView, samples: Int, channels: Int, into scaleGradient: BufferView
    ) {
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .elements(.scaleGradient, g.count, passes: 3)) }
        let plan = SampleBlocks(g.count, samples, channels)
        Terms(scale: scale).check(samples: samples, positions: plan.positions, channels: channels)
        let partial = BufferView(count: plan.blocks * channels)
        Elementwise.fill(partial, with: 0)
        Elementwise.fill(scaleGradient, with: 0)
        let (gp, xp, sp, pp) = (g.pointer, x.pointer, scale.pointer, partial.pointer)
        plan.forEachBlock { sample, first, rows, block in
            let offset = (sample * plan.positions + first) * channels
            ck_scale_gradient(
                gp + offset, xp + offset, sp + sample * channels, pp + block * channels, Int64(rows), Int64(channels))
        }
        for block in 0..<plan.blocks {
            ck_accumulate(
                scaleGradient.pointer + block / plan.blocksPerSample * channels, pp + block * channels, channels)
        }
    }
}
