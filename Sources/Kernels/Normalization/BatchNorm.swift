import CKernels

/// Passes of batch normalisation (arXiv 1502.03167, algorithm 1) over one microbatch: two forward, two back. What is
/// summed over the whole batch is summed between the first and the second.
///
/// Images are [N, …, C]. Sums do not depend on the number of threads.
public enum BatchNorm {
    /// y = act((x − mean)·scale + bias)
    public struct Terms: Sendable {
        /// [C]
        public var mean: BufferView
        /// [C], or [N, C].
        public var scale: BufferView
        /// [C], or [N, C].
        public var bias: BufferView
        public var activation: Activation

        public init(mean: BufferView, scale: BufferView, bias: BufferView, activation: Activation = .linear) {
            self.mean = mean
            self.scale = scale
            self.bias = bias
            self.activation = activation
        }

        var channels: Int { mean.count }

        func check(samples: Int) {
            let sizes = [channels, samples * channels]
            precondition(
                sizes.contains(scale.count) && sizes.contains(bias.count),
                "batch norm: \(channels) means, \(scale.count) scales, \(bias.count) biases of \(samples) samples")
        }

        /// Those of one sample. The pointers live as long as these terms' buffers.
        func c(_ sample: Int) -> ck_batch_norm_terms {
            ck_batch_norm_terms(
                mean: UnsafePointer(mean.pointer),
                scale: UnsafePointer(scale.pointer + (scale.count == channels ? 0 : sample * channels)),
                bias: UnsafePointer(bias.pointer + (bias.count == channels ? 0 : sample * channels)),
                activation: activation.c)
        }
    }

    /// Σ (x − shift) and Σ (x − shift)² by channel. Around a shift that is near the means nothing cancels.
    ///
    /// - Parameters:
    ///   - shift: [C]
    ///   - sums: [2, C], overwritten.
    public static func moments(_ x: BufferView, around shift: BufferView, into sums: BufferView) {
        let channels = shift.count
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.batchNormMoments, x.count / channels, count: channels, passes: 1)) }
        precondition(sums.count == 2 * channels, "batch norm: \(sums.count) sums of \(channels) channels")
        let (xp, sp) = (x.pointer, shift.pointer)
        sum(SampleBlocks(x.count, 1, channels), into: sums) { _, offset, rows, target in
            ck_batch_norm_moments(xp + offset, sp, target, Int64(rows), Int64(channels))
        }
    }

    /// - Parameter y: of the shape of x, overwritten.
    public static func forward(_ x: BufferView, _ terms: Terms, samples: Int, into y: BufferView) {
        let channels = terms.channels
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.batchNorm, x.count / channels, count: channels, passes: 2)) }
        precondition(y.count == x.count, "batch norm: \(x.count) elements into \(y.count)")
        terms.check(samples: samples)
        let blocks = SampleBlocks(x.count, samples, channels)
        let (xp, yp) = (x.pointer, y.pointer)
        blocks.forEachBlock { sample, first, rows, _ in
            let offset = (sample * blocks.positions + first) * channels
            var c = terms.c(sample)
            ck_batch_norm(xp + offset, &c, yp + offset, Int64(rows), Int64(channels))
        }
    }

    /// Σ g′ and Σ g′·(x − mean) by sample and channel, where g′ = g·act′.
    ///
    /// - Parameters:
    ///   - g: the gradient of `forward`'s result.
    ///   - sums: [samples, 2, C], overwritten.
    public static func gradientSums(
        _ g: BufferView, _ x: BufferView, _ terms: Terms, samples: Int, into sums: BufferView
    ) {
        let channels = terms.channels
        let start = OperationProfile.begin()
        defer {
            OperationProfile.end(start, .rows(.batchNormGradientSums, x.count / channels, count: channels, passes: 2))
        }
        precondition(
            g.count == x.count && sums.count == samples * 2 * channels,
            "batch norm: \(g.count) gradients of \(x.count) elements, \(sums.count) sums")
        terms.check(samples: samples)
        let (gp, xp) = (g.pointer, x.pointer)
        sum(SampleBlocks(x.count, samples, channels), into: sums) { sample, offset, rows, target in
            var c = terms.c(sample)
            ck_batch_norm_gradient_sums(gp + offset, xp + offset, &c, target, Int64(rows), Int64(channels))
        }
    }

    /// gx = scale·g′ + slope·(x − mean) + offset, where g′ = g·act′.
    ///
    /// - Parameters:
    ///   - slope: [C]
    ///   - offset: [C]
    ///   - gx: of the shape of x, overwritten.
    public static func gradient(
        _ g: BufferView, _ x: BufferView, _ terms: Terms, slope: BufferView, offset: BufferView, samples: Int,
        into gx: BufferView
    ) {
        let channels = terms.channels
        let start = OperationProfile.begin()
        defer { OperationProfile.end(start, .rows(.batchNormGradient, x.count / channels, count: channels, passes: 3)) }
        precondition(
            g.count == x.count && gx.count == x.count && slope.count == channels && offset.count == channels,
            "batch norm: \(g.count) gradients of \(x.count) elements into \(gx.count)")
        terms.check(samples: samples)
        let blocks = SampleBlocks(x.count, samples, channels)
        let (gp, xp, target) = (g.pointer, x.pointer, gx.pointer)
        let (slopes, offsets) = (slope.pointer, offset.pointer)
        blocks.forEachBlock { sample, first, rows, _ in
            let start = (sample * blocks.positions + first) * channels
            var c = terms.c(sample)
            ck_batch_norm_gradient(
                gp + start, xp + start, &c, slopes, offsets, target + start, Int64(rows), Int64(channels))
        }
    }

    /// Sums of each sample's blocks, in order and in Double.
    ///
    /// - Parameters:
    ///   - sums: [samples, width]
    ///   - body: writes the `width` sums of some rows, of which the first element is given.
    private static func sum(
        _ blocks: SampleBlocks, into sums: BufferView,
        _ body: (_ sample: Int, _ offset: Int, _ rows: Int, _ target: UnsafeMutablePointer<Float>) -> Void
    ) {
        let width = 2 * blocks.channels
        let partial = BufferView(count: max(1, blocks.blocks * width))
        let (pp, sp) = (partial.pointer, sums.pointer)
        blocks.forEachBlock { sample, first, rows, block in
            body(sample, (sample * blocks.positions + first) * blocks.channels, rows, pp + block * width)
        }
        for start in stride(from: 0, to: sums.count, by: width) {
            let first = start * blocks.blocksPerSample
            for c in 0..<width {
                var sum = 0.0
                for block in 0..<blocks.blocksPerSample { sum += Double(pp[first + block * width + c]) }
                sp[start + c] = Float(sum)
            }
        }
    }
}
