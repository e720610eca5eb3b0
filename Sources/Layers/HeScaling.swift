/// How the weights of a layer start and what they are multiplied by in use (He et al., arXiv 1502.01852; with equalised
/// learning rate, arXiv 1710.10196, section 4.1). Either way their first effect is that of N(0, gain²/fanIn).
public struct HeScaling: Hashable, Sendable {
    /// √2 where half of the result is lost in a ReLU, 1 where none is.
    public var gain: Float
    /// Whether weights start as N(0, 1) and are scaled in use; otherwise they start as N(0, gain²/fanIn).
    public var isEqualized: Bool

    public init(gain: Float = Float(2).squareRoot(), isEqualized: Bool = true) {
        self.gain = gain
        self.isEqualized = isEqualized
    }

    /// A weight's declaration. Where the network's weights are normalised, `gain` is none of the layer's own: it only
    /// says how large weights start.
    ///
    /// - Parameter fanIn: inputs that an output is the weighted sum of.
    func declaration(
        _ name: String, _ layout: ParameterLayout, fanIn: Int, for builder: ParameterBuilder
    ) -> ParameterDeclaration {
        let deviation = gain / Float(fanIn).squareRoot()
        return isEqualized
            ? ParameterDeclaration(
                name, layout, initial: .normal(deviation: 1), scale: builder.scale(equalized: deviation, gain: 1))
            : ParameterDeclaration(name, layout, initial: .normal(deviation: deviation))
    }
}
