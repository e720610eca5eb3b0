import Autodiff

/// How far the decoder's map is from the generator's: what GGDR has the discriminator make small (arXiv 2207.13320,
/// section 3.2, and its ablation).
public enum FeatureDistance: Sendable {
    /// 1 − mean cosine along the channels (equation 5): from 0 to 2, blind to the maps' sizes.
    case cosine
    /// The mean square of the difference over all elements.
    case l2

    /// Shape []. No gradient reaches the generator.
    ///
    /// - Parameters:
    ///   - decoded: [N, r, r, channels].
    ///   - target: of the same shape.
    public func callAsFunction(decoded: Tensor, target: Tensor) -> Tensor {
        let target = target.detached()
        precondition(decoded.shape == target.shape, "feature distance: \(decoded.shape) against \(target.shape)")
        return switch self {
        case .cosine: Self.cosine(decoded, target)
        case .l2: (decoded - target).squared().mean()
        }
    }

    private static func cosine(_ decoded: Tensor, _ target: Tensor) -> Tensor {
        let point = [decoded.shape[0], decoded.shape[1], decoded.shape[2], 1]
        let inner = Tensor.contract(decoded, target, to: point)
        // The norms are bounded below by 1e-8 each, so that a zero vector has a cosine of zero. Their inverses are
        // multiplied one by one: the product of two short vectors' norms has a derivative beyond float's range.
        func inverseNorm(_ x: Tensor) -> Tensor { Tensor.contract(x, x, to: point).atLeast(1e-16).power(-0.5) }
        return (inner * inverseNorm(target) * inverseNorm(decoded)).mean().affine(-1, 1)
    }
}
