/// Weights that start as N(0, 2/(fanIn + fanOut)) and are used as they are (Glorot and Bengio, AISTATS 2010, equation 16
/// with a normal distribution of the same variance).
public enum GlorotScaling {
    /// A weight's declaration.
    ///
    /// - Parameters:
    ///   - fanIn: inputs that an output is the weighted sum of.
    ///   - fanOut: outputs that an input takes part in.
    public static func declaration(
        _ name: String, _ layout: ParameterLayout, fanIn: Int, fanOut: Int
    ) -> ParameterDeclaration {
        ParameterDeclaration(
            name, layout, initial: .normal(deviation: (2 / Float(fanIn + fanOut)).squareRoot()))
    }
}
