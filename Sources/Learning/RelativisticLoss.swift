import Autodiff

/// The relativistic loss of pairs, with the logistic function (RpGAN, arXiv 1807.00734, section 4.2; in R3GAN arXiv
/// 2501.05441): softplus(D(real) − D(G(z))) for the generator, softplus(D(G(z)) − D(real)) for the discriminator. A real and
/// a generated image of the same index are a pair. To be used with R1 and R2, see ``SlopePenalty``.
public struct RelativisticLoss: Sendable {
    public init() {}

    /// The generator's: mean over the pairs, shape [].
    ///
    /// - Parameters:
    ///   - real: scores of real images, [N, 1], or of places of them.
    ///   - fake: of the generator's images, of the same shape.
    public func generator(real: Tensor, fake: Tensor) -> Tensor { advantage(of: real, over: fake) }

    /// The discriminator's, likewise.
    public func discriminator(real: Tensor, fake: Tensor) -> Tensor { advantage(of: fake, over: real) }

    private func advantage(of scores: Tensor, over others: Tensor) -> Tensor {
        precondition(scores.shape == others.shape, "relativistic loss: scores \(scores.shape) and \(others.shape)")
        return (scores - others).softplus().mean()
    }
}
