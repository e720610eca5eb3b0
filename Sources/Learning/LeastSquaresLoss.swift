import Autodiff

/// The least-squares loss (arXiv 1611.04076, equation 9): (D(G(z)) − 1)² for the generator, (D(real) − 1)² + D(G(z))² for the
/// discriminator, without the paper's halves.
public struct LeastSquaresLoss: AdversarialLoss {
    public init() {}

    public func generator(_ scores: Tensor) -> Tensor { (scores - 1).squared().mean() }
    public func onReal(_ scores: Tensor) -> Tensor { (scores - 1).squared().mean() }
    public func onFake(_ scores: Tensor) -> Tensor { scores.squared().mean() }
}
