import Autodiff

/// The hinge loss (arXiv 1705.02894; in SAGAN arXiv 1805.08318, equation 4): −D(G(z)) for the generator,
/// max(0, 1 − D(real)) + max(0, 1 + D(G(z))) for the discriminator, whose scores beyond ±1 teach it nothing more.
public struct HingeLoss: AdversarialLoss {
    public init() {}

    public func generator(_ scores: Tensor) -> Tensor { (-scores).mean() }
    public func onReal(_ scores: Tensor) -> Tensor { scores.affine(-1, 1).atLeast(0).mean() }
    public func onFake(_ scores: Tensor) -> Tensor { scores.affine(1, 1).atLeast(0).mean() }
}
