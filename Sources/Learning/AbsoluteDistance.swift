import Autodiff

/// The mean absolute difference, L1: what keeps Pix2Pix's images near those that they are to be (arXiv 1611.07004,
/// equation 3).
public enum AbsoluteDistance {
    /// Shape [].
    ///
    /// - Parameters:
    ///   - made: of any shape.
    ///   - wanted: of that shape; no gradient reaches it.
    public static func loss(_ made: Tensor, _ wanted: Tensor) -> Tensor {
        precondition(made.shape == wanted.shape, "absolute distance: \(made.shape) against \(wanted.shape)")
        let difference = made - wanted.detached()
        return (difference.atLeast(0) + (-difference).atLeast(0)).mean()
    }
}
