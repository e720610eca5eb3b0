import Autodiff
import Kernels

/// SPADE (arXiv 1903.07291, section 3 and figure 2): a batch normalisation without parameters, then a gain and a bias for
/// each element, which two convolutions make of the label map.
///
/// Parameters are `name.mlp_shared.0`, `name.mlp_gamma` and `name.mlp_beta`; the moving averages stand in `name.norm`.
public struct SpatiallyAdaptiveNormalization: Sendable {
    private let normalization: BatchNormalization
    private let shared: PlainConvolution
    private let gain: PlainConvolution
    private let bias: PlainConvolution

    /// - Parameters:
    ///   - norm: the batch normalisation's name behind its own.
    ///   - channels: of the map.
    ///   - condition: channels of what it is conditioned on.
    ///   - hidden: channels between.
    public init(
        _ name: String, norm: String, channels: Int, condition: Int, hidden: Int, in builder: inout ParameterBuilder
    ) {
        normalization = BatchNormalization("\(name).\(norm)", channels: channels, isAffine: false, in: &builder)
        // Its weights are not what spectral normalisation is for: they make factors.
        (shared, gain, bias) = builder.withoutNormalization { builder in
            (
                PlainConvolution(
                    "\(name).mlp_shared.0", input: condition, output: hidden, kernel: 3,
                    activation: Activation(slope: 0, gain: 1), in: &builder),
                PlainConvolution("\(name).mlp_gamma", input: hidden, output: channels, kernel: 3, in: &builder),
                PlainConvolution("\(name).mlp_beta", input: hidden, output: channels, kernel: 3, in: &builder)
            )
        }
    }

    /// - Parameters:
    ///   - parts: of each of this rank's microbatches, [N, H, W, channels].
    ///   - conditions: of each, [N, H, W, condition].
    ///   - activation: what follows.
    /// - Returns: as `parts`.
    public func callAsFunction(
        _ parts: [Tensor], conditions: [Tensor], _ weights: [Weights], activation: Activation = .linear
    ) -> [Tensor] {
        let normalized = normalization(parts, weights)
        return parts.indices.map { k in
            let made = shared(conditions[k], weights[k])
            return normalized[k].modulated(
                gain: gain(made, weights[k]), bias: bias(made, weights[k]), activation: activation)
        }
    }
}
