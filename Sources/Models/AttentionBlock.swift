import Autodiff
import Kernels
import Layers

/// What a network has behind a feature map of its ``NetworkExtras``: self-attention, or a residual block in its place.
struct AttentionBlock: Sendable {
    private enum Layer: Sendable {
        case attention(SelfAttention)
        case residual(ResidualBottleneck)
    }

    private let layer: Layer
    /// Of its parameters among the network's declarations.
    let places: Range<Int>

    /// Keys and values are pooled only where both sides are even.
    ///
    /// - Parameters:
    ///   - name: by the kind of the block.
    ///   - size: of the map.
    ///   - padding: of a residual block's convolution.
    init(
        _ name: (NetworkExtras.Kind) -> String, channels: Int, size: MapSize, extras: NetworkExtras,
        convention: AttentionConvention, padding: Padding,
        in builder: inout ParameterBuilder
    ) {
        let name = name(extras.attentionBlock)
        let placed = builder.placed { builder in
            switch extras.attentionBlock {
            case .attention:
                Layer.attention(
                    SelfAttention(
                        name, channels: channels,
                        pools: extras.attentionPools && size.height % 2 == 0 && size.width % 2 == 0,
                        convention: convention, in: &builder))
            case .residual:
                Layer.residual(
                    ResidualBottleneck(name, channels: channels, convention: convention, padding: padding, in: &builder)
                )
            }
        }
        (layer, places) = (placed.layer, placed.places)
    }

    /// - Parameter x: [N, h, w, channels]
    /// - Returns: the map, as x, and what the attention's maps follow from; nil of a residual block.
    func callAsFunction(
        _ x: Tensor, _ weights: Weights, memory: ActivationMemory
    ) -> (features: Tensor, projections: AttentionProjections?) {
        switch layer {
        case .residual(let layer): return (memory.block { layer(x, weights) }, nil)
        case .attention(let layer):
            guard case .checkpointing = memory else { return layer(x, weights) }
            let results = Tape.recomputed {
                let (features, projections) = layer(x, weights)
                return [features, projections.queries, projections.keys]
            }
            return (results[0], layer.projections(of: x, queries: results[1], keys: results[2]))
        }
    }
}
