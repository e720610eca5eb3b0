import Autodiff

/// What generator and discriminator play for, as means over the samples.
public enum AdversarialLoss: Sendable {
    /// Non-saturating logistic loss (arXiv 1406.2661, section 3): softplus(−D(G(z))) for the generator,
    /// softplus(D(G(z))) + softplus(−D(real)) for the discriminator.
    case logistic
    /// −D(G(z)) for the generator, D(G(z)) − D(real) with drift and gradient penalty for the discriminator.
    case wasserstein(WassersteinLoss)

    /// - Parameter scores: of the generator's images, [N, 1].
    func generator(_ scores: Tensor) -> Tensor {
        switch self {
        case .logistic: (-scores).softplus().mean()
        case .wasserstein(let loss): loss.generator(scores).mean()
        }
    }

    /// - Parameter scores: of real images, [N, 1].
    func onReal(_ scores: Tensor) -> Tensor {
        switch self {
        case .logistic: (-scores).softplus().mean()
        case .wasserstein(let loss): loss.onReal(scores).mean()
        }
    }

    /// - Parameter scores: of the generator's images, [N, 1].
    func onFake(_ scores: Tensor) -> Tensor {
        switch self {
        case .logistic: scores.softplus().mean()
        case .wasserstein(let loss): loss.onFake(scores).mean()
        }
    }
}
