import Autodiff
import Kernels
import Layers

/// Mapping network: z (and a label) to w (arXiv 1812.04948, figure 1).
public struct MappingNetwork: Sendable {
    let embed: Dense?
    let layers: [Dense]

    /// - Parameter zDim: 0 where only a label is mapped, as in the discriminator.
    public init(
        _ name: String, zDim: Int, labelDim: Int, wDim: Int, layers count: Int, in builder: inout ParameterBuilder
    ) {
        embed = labelDim > 0 ? Dense("\(name).embed", input: labelDim, output: wDim, in: &builder) : nil
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
        if let embed, let labels { parts.append(embed(labels, weights).normalizedSecondMoment()) }
        precondition(!parts.isEmpty, "mapping network: neither z nor labels")
        var x = parts.count == 1 ? parts[0] : .concatenated(parts, axis: 1)
        for layer in layers { x = layer(x, weights) }
        return x
    }
}
