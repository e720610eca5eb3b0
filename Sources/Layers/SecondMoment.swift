import Autodiff

extension Tensor {
    /// x / √(mean x² + 1e-8) along the last axis of [N, features]: what StyleGAN2's mapping network does to z and to
    /// embedded labels first (`normalize_2nd_moment` in the reference of arXiv 2006.06676).
    public func normalizedSecondMoment() -> Tensor {
        self * (squared().mean(over: [1]) + 1e-8).power(-0.5)
    }
}
