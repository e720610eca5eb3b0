import Kernels

extension Tensor {
    /// act((x − μ)/√(σ² + ε)), where μ and σ² are those of each channel over the positions of a sample alone
    /// (arXiv 1607.08022, equation 1).
    ///
    /// Three passes over memory forward and two back; where the gradient is to be differentiated again it is composed of plain
    /// operations.
    ///
    /// - Parameter epsilon: added to the variance.
    public func instanceNormalized(epsilon: Float, activation: Activation) -> Tensor {
        precondition(rank == 4, "instance normalisation: shape \(shape)")
        let moments = (0..<shape[0]).map { SampleMoments(self, sample: $0, epsilon, activation) }
        let out = BufferView(count: count)
        for (sample, moments) in moments.enumerated() {
            let (start, size) = (sample * count / shape[0], count / shape[0])
            BatchNorm.forward(view.slice(start, size), moments.terms, samples: 1, into: out.slice(start, size))
        }
        return Tape.record([self], shape: shape, out, as: .instanceNormalize(epsilon: epsilon, activation)) { g in
            [
                Tape.isRecording
                    ? self.composedGradient(g.of, epsilon, activation) : self.fusedGradient(g.of, moments)
            ]
        }
    }

    private func fusedGradient(_ g: Tensor, _ moments: [SampleMoments]) -> Tensor {
        let gx = BufferView(count: count)
        for (sample, moments) in moments.enumerated() {
            let (start, size) = (sample * count / shape[0], count / shape[0])
            moments.gradient(g.view.slice(start, size), view.slice(start, size), into: gx.slice(start, size))
        }
        return Tensor(gx, shape: shape)
    }

    /// The gradient of what plain operations make of x, as part of the graph.
    private func composedGradient(_ g: Tensor, _ epsilon: Float, _ activation: Activation) -> Tensor {
        let centred = self - mean(over: [1, 2])
        let inverse = (centred.squared().mean(over: [1, 2]) + epsilon).power(-0.5)
        let normalized = centred * inverse
        let own =
            activation == .linear
            ? g : g.activationGradient(output: Tape.paused { normalized.activated(activation) }, activation)
        let along = normalized * (own * normalized).mean(over: [1, 2])
        return (own - own.mean(over: [1, 2]) - along) * inverse
    }
}

/// Mean and variance of each channel of one sample.
private struct SampleMoments {
    let terms: BatchNorm.Terms
    private let inverse: [Double]
    private let positions: Double

    init(_ x: Tensor, sample: Int, _ epsilon: Float, _ activation: Activation) {
        let channels = x.shape[3]
        let values = x.view.slice(sample * x.count / x.shape[0], x.count / x.shape[0])
        let positions = Double(x.shape[1] * x.shape[2])
        func measured(around shift: BufferView) -> [ChannelMoments] {
            let sums = BufferView(count: 2 * channels)
            BatchNorm.moments(values, around: shift, into: sums)
            let (total, around) = (sums.array, shift.array)
            return (0..<channels).map {
                ChannelMoments(
                    sum: total[$0], ofSquares: total[channels + $0], around: around[$0], count: positions, epsilon)
            }
        }
        // Around the mean, and that first around a pixel: zero may be far from both, and a corner's pixel from all others.
        let near = measured(around: values.slice(0, channels))
        let moments = measured(around: BufferView(near.map { Float($0.mean) }))
        inverse = moments.map(\.inverse)
        terms = BatchNorm.Terms(
            mean: BufferView(moments.map { Float($0.mean) }), scale: BufferView(inverse.map { Float($0) }),
            bias: BufferView([Float](repeating: 0, count: channels)), activation: activation)
        self.positions = positions
    }

    func gradient(_ g: BufferView, _ x: BufferView, into gx: BufferView) {
        let channels = inverse.count
        let sums = BufferView(count: 2 * channels)
        BatchNorm.gradientSums(g, x, terms, samples: 1, into: sums)
        let total = sums.array
        let offset = (0..<channels).map { Float(-inverse[$0] * Double(total[$0]) / positions) }
        let slope = (0..<channels).map { c in
            Float(-inverse[c] * inverse[c] * inverse[c] * Double(total[channels + c]) / positions)
        }
        BatchNorm.gradient(
            g, x, terms, slope: BufferView(slope), offset: BufferView(offset), samples: 1, into: gx)
    }
}
