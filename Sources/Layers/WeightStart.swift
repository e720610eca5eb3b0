/// How weights that are used as they are stored begin a training.
public enum WeightStart: Hashable, Sendable {
    /// N(0, deviation²)
    case normal(deviation: Float)
    /// N(0, gain²·2/(fanIn + fanOut)) (Glorot and Bengio, AISTATS 2010, with a normal distribution).
    case xavier(gain: Float)
    /// N(0, gain²/fanIn) (arXiv 1502.01852, equation 10); a gain of 0 is zeros.
    case he(gain: Float)

    /// Where SPADE and its successors start (arXiv 1903.07291, as in the authors' code).
    public static let smallXavier = WeightStart.xavier(gain: 0.02)

    /// - Parameters:
    ///   - fanIn: inputs that an output is the weighted sum of.
    ///   - fanOut: outputs that an input takes part in.
    public func initial(fanIn: Int, fanOut: Int) -> ParameterDeclaration.Initial {
        switch self {
        case .normal(let deviation): .normal(deviation: deviation)
        case .xavier(let gain): .normal(deviation: gain * (2 / Float(fanIn + fanOut)).squareRoot())
        case .he(let gain): gain == 0 ? .constant(0) : .normal(deviation: gain / Float(fanIn).squareRoot())
        }
    }
}
