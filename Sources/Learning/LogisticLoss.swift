import Autodiff

/// The non-saturating logistic loss (arXiv 1406.2661, section 3): softplus(−D(G(z))) for the generator,
/// softplus(D(G(z))) + softplus(−D(real)) for the discriminator.
public struct LogisticLoss: AdversarialLoss {
    public init() {}

    public func generator(_ scores: Tensor) -> Tensor { (-scores).softplus().mean() }
    public func onReal(_ scores: Tensor) -> Tensor { (-scores).softplus().mean() }
    public func onFake(_ scores: Tensor) -> Tensor { scores.softplus().mean() }
}
