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
    ///   - gainDeviation: its own gains start as N(1, gainDeviation²).
    public init(
        _ name: String, channels: Int, isAffine: Bool = true, epsilon: Float = 1e-5, decay: Float = 0.9,
        isUnbiased: Bool = true, gainDeviation: Float = 0, names: BatchNormalizationNames = .pyTorch,
        in builder: inout ParameterBuilder
    ) {
        self.channels = channels
        self.epsilon = epsilon
        self.isUnbiased = isUnbiased
        let stem = name + names.separator
        affine =
            isAffine
            ? (
                builder.declare(
                    ParameterDeclaration(
                        stem + names.gain, .plain([channels]),
                        initial: gainDeviation == 0 ? .constant(1) : .normal(mean: 1, deviation: gainDeviation))),
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
        let gains = factors(gains, weights, affine?.gain) { $0 * $1 }
        let biases = factors(biases, weights, affine?.bias) { $0 + $1 }
        guard let batch = weights[0].batch else {
            return parts.indices.map { k in
                let inverse = (row(weights[k][movingVariance]) + epsilon).power(-0.5)
                return parts[k].normalized(
                    mean: row(weights[k][movingMean]), scale: gains.map { inverse * $0[k] } ?? inverse,
                    bias: biases?[k] ?? Tensor(repeating: 0, shape: [1, channels]), activation: activation)
            }
        }
        let normalized = Tensor.batchNormalized(
            parts, gains: gains, biases: biases, activation: activation, around: weights[0][movingMean].array,
            epsilon: epsilon, over: batch)
        let count = Float(parts[0].count / channels * batch.microbatches)
        let correction = isUnbiased ? count / max(count - 1, 1) : 1
        let variance = normalized.variance.map { $0 * correction }
        for weights in weights {
            weights.note(movingMean, normalized.mean)
            weights.note(movingVariance, variance)
        }
        return normalized.parts
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

    /// The layer's own gains or biases together with those from outside, where there are any: [1 or N, channels].
    private func factors(
        _ given: [Tensor]?, _ weights: [Weights], _ own: ParameterHandle?, _ join: (Tensor, Tensor) -> Tensor
    ) -> [Tensor]? {
        guard let own else { return given }
        return weights.indices.map { k in given.map { join($0[k], row(weights[k][own])) } ?? row(weights[k][own]) }
    }

    private func row(_ values: Tensor) -> Tensor { values.reshaped([1, channels]) }
}

extension ParameterDeclaration {
    /// A moving average by channel.
    fileprivate init(_ name: String, _ channels: Int, start: Float, decay: Float) {
        self.init(
            name, .plain([channels]), initial: .constant(start), isTrained: false,
            tracking: TrackedMean(decay: decay, isAveraged: true))
    }
}
