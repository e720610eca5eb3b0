import Autodiff
import Kernels

/// Batch normalisation with gains and biases, or instance normalisation without (arXiv 1607.08022): one of the two that
/// image-to-image networks are built with (arXiv 1611.07004, section 6.2).
public enum FeatureNormalization: Sendable {
    public enum Kind: String, Sendable, CaseIterable { case batch, instance }

    case batch(BatchNormalization)
    case instance

    /// Added to variances.
    private static let epsilon: Float = 1e-5

    /// - Parameter name: of the parameters of a batch normalisation, whose gains start as N(1, 0.02²); instances have none.
    public init(_ name: String, _ kind: Kind, channels: Int, in builder: inout ParameterBuilder) {
        switch kind {
        case .batch:
            self = .batch(
                BatchNormalization(name, channels: channels, epsilon: Self.epsilon, gainDeviation: 0.02, in: &builder))
        case .instance: self = .instance
        }
    }

    /// - Parameters:
    ///   - parts: of each of this rank's microbatches, [N, H, W, channels], of one shape.
    ///   - activation: what follows.
    /// - Returns: as `parts`.
    public func callAsFunction(_ parts: [Tensor], _ weights: [Weights], activation: Activation) -> [Tensor] {
        switch self {
        case .batch(let normalization): normalization(parts, weights, activation: activation)
        case .instance: parts.map { $0.instanceNormalized(epsilon: Self.epsilon, activation: activation) }
        }
    }
}
