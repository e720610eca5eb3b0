import Autodiff

/// The Wasserstein loss (arXiv 1701.07875) with the drift of progressive growing (arXiv 1710.10196, appendix A.1): −D(G(z))
/// for the generator, D(G(z)) − D(real) + ε_drift·D(real)² for the discriminator. To be used with ``GradientPenalty``.
public struct WassersteinLoss: AdversarialLoss {
    /// ε_drift, which keeps the scores of real images near zero.
    public var drift: Float

    public init(drift: Float = 0.001) { self.drift = drift }

    public func generator(_ scores: Tensor) -> Tensor { (-scores).mean() }
    public func onReal(_ scores: Tensor) -> Tensor { (scores.squared() * drift - scores).mean() }
    public func onFake(_ scores: Tensor) -> Tensor { scores.mean() }
}
