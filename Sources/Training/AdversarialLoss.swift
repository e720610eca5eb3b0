import Models

/// What generator and discriminator play for. All are means over the scores [N, 1].
protocol AdversarialLoss: Sendable {
    /// - Parameter scores: of images of the generator, which learns.
    func generator(_ scores: Tensor) -> Tensor
    /// - Parameter scores: of real images; the discriminator learns.
    func onReal(_ scores: Tensor) -> Tensor
    /// - Parameter scores: of images of the generator; the discriminator learns.
    func onFake(_ scores: Tensor) -> Tensor
}

/// Non-saturating logistic loss (arXiv 1406.2661, section 3): softplus(−D(G(z))) against softplus(D(G(z))) and
/// softplus(−D(real)).
struct LogisticLoss: AdversarialLoss {
    func generator(_ scores: Tensor) -> Tensor { (-scores).softplus().mean() }
    func onReal(_ scores: Tensor) -> Tensor { (-scores).softplus().mean() }
    func onFake(_ scores: Tensor) -> Tensor { scores.softplus().mean() }
}
