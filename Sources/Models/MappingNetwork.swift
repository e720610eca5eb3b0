import Autodiff
import Kernels
import Layers

/// Mapping network: z (and a label) to w (arXiv 1812.04948, figure 1).
///
/// Parameters are `name.embed.weight`, `name.fc0.weight` …; where classes may be left out, `name.embed.none`, [wDim], is
/// what stands for none of them. Without it a row of zeros would start as a vector of zeros, which has no direction to be
/// normalised to: the least step of the bias would turn it round.
public struct MappingNetwork: Sendable {
    let embed: Dense?
    let none: PlacedLayer<ParameterHandle>?
    let layers: [Dense]

    /// - Parameters:
    ///   - zDim: 0 where only a label is mapped, as in the discriminator.
    ///   - condition: what labels are.
    public init(
        _ name: String, zDim: Int, labelDim: Int, wDim: Int, condition: ConditionKind = .classes, layers count: Int,
        in builder: inout ParameterBuilder
    ) {
        embed = labelDim > 0 ? Dense("\(name).embed", input: labelDim, output: wDim, in: &builder) : nil
        none =
            labelDim > 0 && condition == .classesOrNone
            ? builder.placed {
                $0.declare(
                    ParameterDeclaration("\(name).embed.none", .plain([wDim]), initial: .normal(deviation: 1)))
            } : nil
        var input = zDim + (labelDim > 0 ? wDim : 0)
        var layers: [Dense] = []
        for i in 0..<count {
            layers.append(
                Dense(
                    "\(name).fc\(i)", input: input, output: wDim, activation: Activation(), lrMultiplier: 0.01,
                    in: &builder))
            input = wDim
        }
        self.layers = layers
    }

    /// - Parameters:
    ///   - z: [N, zDim], or nil when only a label is mapped.
    ///   - labels: [N, labelDim], or nil for an unconditional network.
    /// - Returns: w [N, wDim]
    public func callAsFunction(_ z: Tensor?, labels: Tensor?, _ weights: Weights) -> Tensor {
        var parts: [Tensor] = []
        if let z { parts.append(z.normalizedSecondMoment()) }
        if let embed, let labels {
            var embedded = embed(labels, weights)
            if let none {
                // 1 of a row of zeros, 0 of one with a class.
                let isNone = labels.sum(to: [labels.shape[0], 1]).affine(-1, 1)
                embedded = embedded + isNone * weights[none.layer].reshaped([1, embedded.shape[1]])
            }
            parts.append(embedded.normalizedSecondMoment())
        }
        precondition(!parts.isEmpty, "mapping network: neither z nor labels")
        var x = parts.count == 1 ? parts[0] : .concatenated(parts, axis: 1)
        for layer in layers { x = layer(x, weights) }
        return x
    }
}
