import Autodiff
import Kernels

/// Batch normalisation over the whole batch, on all ranks (arXiv 1502.03167, algorithm 1):
/// gain · (x − μ)/√(σ² + ε) + bias by channel.
///
/// μ and σ² are those of all microbatches, summed along the tree, and so are their gradients: a run has the same bits on
/// 1, 2 and 4 ranks. Where weights know of no whole batch (sampling, for example), the moving averages take their place;
/// those are state, which follows at the end of a phase.
public struct BatchNormalization: Sendable {
    private let channels: Int
    private let epsilon: Float
    private let isUnbiased: Bool
    private let affine: (gain: ParameterHandle, bias: ParameterHandle)?
    private let movingMean: ParameterHandle
    private let movingVariance: ParameterHandle

    /// - Parameters:
    ///   - isAffine: whether it has gains and biases of its own; without them they come from outside, or are 1 and 0.
    ///   - decay: of the moving averages, a phase.
    ///   - isUnbiased: whether the moving variance is that of n − 1 degrees of freedom, as in PyTorch.
    public init(
        _ name: String, channels: Int, isAffine: Bool = true, epsilon: Float = 1e-5, decay: Float = 0.9,
        isUnbiased: Bool = true, names: BatchNormalizationNames = .pyTorch, in builder: inout ParameterBuilder
    ) {
        self.channels = channels
        self.epsilon = epsilon
        self.isUnbiased = isUnbiased
        let stem = name + names.separator
        affine =
            isAffine
            ? (
                builder.declare(ParameterDeclaration(stem + names.gain, .plain([channels]), initial: .constant(1))),
                builder.declare(ParameterDeclaration(stem + names.bias, .plain([channels]), initial: .constant(0)))
            ) : nil
        movingMean = builder.declare(ParameterDeclaration(stem + names.mean, channels, start: 0, decay: decay))
        movingVariance = builder.declare(
            ParameterDeclaration(stem + names.variance, channels, start: 1, decay: decay))
    }

    /// Collective where the weights know of a whole batch.
    ///
    /// - Parameters:
    ///   - parts: of each of this rank's microbatches, [N, …, channels], of one shape.
    ///   - gains: of each microbatch a gain for each sample, [N, channels] (conditional batch normalisation,
    ///     arXiv 1610.07629); times the layer's own where it has them.
    ///   - biases: of each microbatch a bias for each sample, [N, channels].
    ///   - weights: of each microbatch.
    ///   - activation: what follows.
    /// - Returns: as `parts`.
    public func callAsFunction(
        _ parts: [Tensor], gains: [Tensor]? = nil, biases: [Tensor]? = nil, _ weights: [Weights],
        activation: Activation = .linear
    ) -> [Tensor] {
        precondition(
            parts.count == weights.count
                && parts.allSatisfy { $0.shape == parts[0].shape && $0.shape.last == channels },
            "batch normalisation of \(channels) channels: \(parts.map(\.shape)) with \(weights.count) weights")
        let statistics = moments(parts, weights)
        return parts.indices.map { k in
            let x = parts[k]
            let row = [Int](repeating: 1, count: x.rank - 1) + [channels]
            let (mean, variance) = (statistics[k].mean.reshaped(row), statistics[k].variance.reshaped(row))
            var scale = (variance + epsilon).power(-0.5)
            if let affine { scale = scale * weights[k][affine.gain].reshaped(row) }
            if let gains { scale = scale * Self.perSample(gains[k], x) }
            var shift = -(mean * scale)
            if let affine { shift = shift + weights[k][affine.bias].reshaped(row) }
            if let biases { shift = shift + Self.perSample(biases[k], x) }
            return (x * scale + shift).activated(activation)
        }
    }

    /// Of one microbatch alone, by the moving averages.
    public func callAsFunction(
        _ x: Tensor, gain: Tensor? = nil, bias: Tensor? = nil, _ weights: Weights, activation: Activation = .linear
    ) -> Tensor {
        precondition(
            weights.batch == nil, "batch normalisation: a microbatch alone, where all of a rank's have to come together"
        )
        return self([x], gains: gain.map { [$0] }, biases: bias.map { [$0] }, [weights], activation: activation)[0]
    }

    /// Mean and variance, [channels] each, for each microbatch.
    private func moments(_ parts: [Tensor], _ weights: [Weights]) -> [(mean: Tensor, variance: Tensor)] {
        guard let batch = weights[0].batch else {
            return weights.map { ($0[movingMean], $0[movingVariance]) }
        }
        let positions = parts[0].count / channels
        let sums = parts.map { x in
            let rows = x.reshaped([positions, channels])
            return Tensor.concatenated(
                [rows.sum(to: [1, channels]), .contract(rows, rows, to: [1, channels])], axis: 0)
        }
        let count = Float(positions * batch.microbatches)
        return zip(Tensor.globalSums(sums, over: batch), weights).map { sum, weights in
            let means = sum * (1 / count)
            let mean = means.slice(axis: 0, start: 0, length: 1).reshaped([channels])
            let power = means.slice(axis: 0, start: 1, length: 1).reshaped([channels])
            // Rounding may leave less than nothing of a channel that is all but constant.
            let variance = (power - mean.squared()).atLeast(0)
            weights.note(movingMean, mean.array)
            let correction = isUnbiased ? count / max(count - 1, 1) : 1
            weights.note(movingVariance, variance.array.map { $0 * correction })
            return (mean, variance)
        }
    }

    /// [N, channels] as factors of x.
    private static func perSample(_ values: Tensor, _ x: Tensor) -> Tensor {
        values.reshaped([x.shape[0]] + [Int](repeating: 1, count: x.rank - 2) + [x.shape[x.rank - 1]])
    }
}

extension ParameterDeclaration {
    /// A moving average by channel.
    fileprivate init(_ name: String, _ channels: Int, start: Float, decay: Float) {
        self.init(
            name, .plain([channels]), initial: .constant(start), isTrained: false,
            tracking: TrackedMean(decay: decay, isAveraged: true))
    }
}
