import Kernels

/// What a normalised batch is made of, beside its parts.
public struct NormalizedBatch {
    /// As the parts.
    public let parts: [Tensor]
    /// Of the whole batch, [C].
    public let mean: [Float]
    /// Of the whole batch, that of as many degrees of freedom as there are numbers; [C].
    public let variance: [Float]
}

extension Tensor {
    /// act(gain · (x − μ)/√(σ² + ε) + bias), where μ and σ² are those of each channel over all microbatches of all ranks
    /// (arXiv 1502.03167, algorithm 1).
    ///
    /// Two passes over memory forward and two back, and a collective sum each way: as for
    /// ``globalSums(_:over:)``, gradients are of first order only, and it must not stand in a block that is computed again.
    ///
    /// - Parameters:
    ///   - parts: of each of this rank's microbatches, [N, …, C], of one shape.
    ///   - gains: of each microbatch, [1, C] or [N, C]; ones when nil.
    ///   - biases: likewise; zeros when nil.
    ///   - shift: [C], near the means, and the same on all ranks: deviations are summed from it. It changes the rounding
    ///     alone.
    public static func batchNormalized(
        _ parts: [Tensor], gains: [Tensor]?, biases: [Tensor]?, activation: Activation, around shift: [Float],
        epsilon: Float, over summation: any GlobalSummation
    ) -> NormalizedBatch {
        guard let shape = parts.first?.shape, let channels = shape.last, parts.allSatisfy({ $0.shape == shape }) else {
            preconditionFailure("batch normalisation: shapes \(parts.map(\.shape)), expected one or more of one shape")
        }
        precondition(shift.count == channels, "batch normalisation: \(shift.count) shifts of \(channels) channels")
        precondition(
            Stretch.place == nil,
            "batch normalisation: inside a block that backward passes compute again; take it out of there")
        /// Collective.
        func measured(around shift: [Float]) -> BatchMoments {
            let around = BufferView(shift)
            let leaves = parts.map { part in
                let sums = BufferView(count: 2 * channels)
                BatchNorm.moments(part.view, around: around, into: sums)
                return sums
            }
            let total = BufferView(count: 2 * channels)
            summation.sum(leaves, into: total)
            return BatchMoments(
                total.array, shift, count: Double(parts[0].count / channels * summation.microbatches), epsilon)
        }
        var moments = measured(around: shift)
        // All ranks see the same sums, and so decide alike.
        if moments.cancels { moments = measured(around: moments.mean.map { Float($0) }) }
        let pass = NormalizationPass(
            parts.indices.map { k in
                NormalizedPart(parts[k], gain: gains?[k], bias: biases?[k], activation, moments)
            }, moments, summation)
        return NormalizedBatch(
            parts: pass.outputs(), mean: moments.mean.map { Float($0) },
            variance: moments.variance.map { Float($0) })
    }

    /// act((x − mean)·scale + bias) by channel, [N, …, C].
    ///
    /// One pass over memory where nothing is differentiated, else composed of plain operations.
    ///
    /// - Parameters:
    ///   - mean: [1, C]
    ///   - scale: [1, C] or [N, C].
    ///   - bias: likewise.
    public func normalized(mean: Tensor, scale: Tensor, bias: Tensor, activation: Activation) -> Tensor {
        let differentiable = [self, mean, scale, bias].contains { $0.isDifferentiable }
        guard Tape.isRecording && differentiable else {
            let out = BufferView(count: count)
            BatchNorm.forward(
                view,
                BatchNorm.Terms(mean: mean.view, scale: scale.view, bias: bias.view, activation: activation),
                samples: shape[0], into: out)
            return Trace.noting(.normalize(activation), [self, mean, scale, bias], Tensor(out, shape: shape))
        }
        func spread(_ x: Tensor) -> Tensor {
            x.reshaped([x.shape[0]] + [Int](repeating: 1, count: rank - 2) + [x.shape[1]])
        }
        return ((self - spread(mean)) * spread(scale) + spread(bias)).activated(activation)
    }
}

/// Mean and variance of each channel over the whole batch.
private struct BatchMoments {
    let mean: [Double]
    let variance: [Double]
    /// 1/√(σ² + ε)
    let inverse: [Double]
    /// Numbers of each channel.
    let count: Double
    /// Whether one is to be measured again around the mean. That is so while moving averages still are where they started.
    let cancels: Bool

    /// - Parameter sums: of deviations from `shift`, and of their squares.
    init(_ sums: [Float], _ shift: [Float], count: Double, _ epsilon: Float) {
        let channels = shift.indices.map { c in
            ChannelMoments(
                sum: sums[c], ofSquares: sums[shift.count + c], around: shift[c], count: count, epsilon)
        }
        mean = channels.map(\.mean)
        variance = channels.map(\.variance)
        inverse = channels.map(\.inverse)
        cancels = channels.contains(where: \.cancels)
        self.count = count
    }
}

/// One microbatch on its way through the normalisation.
private struct NormalizedPart {
    let x: Tensor
    let gain: Tensor?
    let bias: Tensor?
    let terms: BatchNorm.Terms
    /// Rows of gains and biases: 1 where all samples have the same.
    let samples: Int
    private let channels: Int
    private let inverse: [Double]

    init(_ x: Tensor, gain: Tensor?, bias: Tensor?, _ activation: Activation, _ moments: BatchMoments) {
        let channels = moments.mean.count
        let rows = [gain, bias].compactMap { $0?.shape.first }
        precondition(
            [gain, bias].allSatisfy { factor in
                factor.map { $0.rank == 2 && $0.shape[1] == channels && [1, x.shape[0]].contains($0.shape[0]) } ?? true
            },
            "batch normalisation of \(x.shape): gains \(gain?.shape ?? []), biases \(bias?.shape ?? []); "
                + "expected [1 or \(x.shape[0]), \(channels)]")
        (self.x, self.gain, self.bias, self.channels) = (x, gain, bias, channels)
        inverse = moments.inverse
        samples = rows.max() ?? 1
        var scale = [Float](repeating: 0, count: (gain?.shape[0] ?? 1) * channels)
        let gains = gain?.array
        for i in scale.indices { scale[i] = Float(inverse[i % channels]) * (gains?[i] ?? 1) }
        terms = BatchNorm.Terms(
            mean: BufferView(moments.mean.map { Float($0) }), scale: BufferView(scale),
            bias: bias?.view ?? BufferView([Float](repeating: 0, count: channels)), activation: activation)
    }

    func output() -> BufferView {
        let out = BufferView(count: x.count)
        BatchNorm.forward(x.view, terms, samples: samples, into: out)
        return out
    }

    /// What the gradient of the output tells before anything is known of other microbatches.
    ///
    /// - Returns: what is summed over the whole batch, [2, C]: gain·g′ and gain·g′·(x − μ); and the gradients of gain
    ///   and bias.
    func first(_ g: BufferView) -> (leaf: BufferView, gain: Tensor?, bias: Tensor?) {
        let sums = BufferView(count: samples * 2 * channels)
        BatchNorm.gradientSums(g, x.view, terms, samples: samples, into: sums)
        var leaf = [Double](repeating: 0, count: 2 * channels)
        let (gainRows, biasRows) = (gain?.shape[0] ?? 1, bias?.shape[0] ?? 1)
        var ofGain = [Double](repeating: 0, count: gainRows * channels)
        var ofBias = [Double](repeating: 0, count: biasRows * channels)
        let gains = gain?.array
        sums.withUnsafeElements { sums in
            for n in 0..<samples {
                let (gainRow, biasRow) = (gainRows == 1 ? 0 : n, biasRows == 1 ? 0 : n)
                for c in 0..<channels {
                    let (plain, centered) = (
                        Double(sums[2 * n * channels + c]), Double(sums[(2 * n + 1) * channels + c])
                    )
                    let factor = Double(gains?[gainRow * channels + c] ?? 1)
                    leaf[c] += factor * plain
                    leaf[channels + c] += factor * centered
                    ofGain[gainRow * channels + c] += inverse[c] * centered
                    ofBias[biasRow * channels + c] += plain
                }
            }
        }
        return (
            BufferView(leaf.map { Float($0) }), gain.map { Tensor(ofGain.map { Float($0) }, shape: $0.shape) },
            bias.map { Tensor(ofBias.map { Float($0) }, shape: $0.shape) }
        )
    }

    /// The gradient of x.
    ///
    /// - Parameter sums: of the leaves of the whole batch.
    func second(_ g: BufferView, _ slope: BufferView, _ offset: BufferView) -> Tensor {
        let gx = BufferView(count: x.count)
        BatchNorm.gradient(g, x.view, terms, slope: slope, offset: offset, samples: samples, into: gx)
        return Tensor(gx, shape: x.shape)
    }
}

/// All of a rank's microbatches: what comes back to them waits here until it has been summed over the whole batch.
private final class NormalizationPass {
    private let parts: [NormalizedPart]
    private let moments: BatchMoments
    private let summation: any GlobalSummation
    /// By microbatch; nil where nothing depends on the output.
    private var returned: [(gradient: BufferView, leaf: BufferView)?]

    init(_ parts: [NormalizedPart], _ moments: BatchMoments, _ summation: any GlobalSummation) {
        self.parts = parts
        self.moments = moments
        self.summation = summation
        returned = parts.map { _ in nil }
    }

    func outputs() -> [Tensor] {
        let operands = parts.flatMap { [$0.x, $0.gain, $0.bias] }
        guard Tape.isRecording, operands.contains(where: { $0?.isDifferentiable ?? false }) else {
            return parts.map { Tensor($0.output(), shape: $0.x.shape) }
        }
        let hub = Node(inputs: parts.map(\.x.node), shape: [0]) { g in self.gradients(wants: g.wants) }
        return parts.indices.map { k in
            let part = parts[k]
            let node = Node(inputs: [hub, part.gain?.node, part.bias?.node], shape: part.x.shape) { g in
                precondition(!Tape.isRecording, "batch normalisation: it has gradients of first order only")
                let (leaf, gain, bias) = part.first(g.of.view)
                self.returned[k] = (g.of.view, leaf)
                // A token: it makes the pass come to the hub, behind all outputs.
                return [Tensor([], shape: [0]), gain, bias]
            }
            return Tensor(shape: part.x.shape, view: part.output(), node: node)
        }
    }

    private func gradients(wants: [Bool]) -> [Tensor?] {
        let channels = moments.mean.count
        let none = BufferView([Float](repeating: 0, count: 2 * channels))
        let sums = BufferView(count: 2 * channels)
        summation.sum(returned.map { $0?.leaf ?? none }, into: sums)
        let total = sums.array
        let offset = (0..<channels).map { Float(-moments.inverse[$0] * Double(total[$0]) / moments.count) }
        let slope = (0..<channels).map { c in
            // Where rounding had left nothing of the variance, it does not follow its numbers.
            let cube = moments.variance[c] == 0 ? 0 : moments.inverse[c] * moments.inverse[c] * moments.inverse[c]
            return Float(-cube * Double(total[channels + c]) / moments.count)
        }
        let (slopes, offsets) = (BufferView(slope), BufferView(offset))
        return parts.indices.map { k in
            defer { returned[k] = nil }
            guard wants[k] else { return nil }
            guard let gradient = returned[k]?.gradient else {
                let nothing = BufferView(count: parts[k].x.count)
                Elementwise.fill(nothing, with: 0)
                return parts[k].second(nothing, slopes, offsets)
            }
            return parts[k].second(gradient, slopes, offsets)
        }
    }
}
