import Autodiff

/// Draws the norm of the discriminator's gradient towards a target, between real and generated images (WGAN-GP, arXiv
/// 1704.00028, equation 3; the target is of arXiv 1710.10196, appendix A.1).
public struct GradientPenalty: Sendable {
    /// λ
    public var weight: Float
    /// The norm that gradients are drawn to.
    public var target: Float

    public init(weight: Float = 10, target: Float = 1) {
        self.weight = weight
        self.target = target
    }

    /// λ/target²·(‖∇D(mixed)‖ − target)², mixed = real + mix·(fake − real).
    ///
    /// The norm is over all pixels and channels of a sample, at the final resolution: there the reference's networks
    /// see images of a lower one with their pixels repeated, which halves the norm with each halving of the resolution.
    ///
    /// - Parameters:
    ///   - real: [N, H, W, C], a constant.
    ///   - fake: [N, H, W, C], a constant.
    ///   - mix: uniform in 0 … 1 for each sample, [N, 1, 1, 1].
    ///   - finalResolution: height of the fully grown networks' images; H where nothing grows.
    ///   - score: the discriminator, from [N, H, W, C] to [N, 1], recorded.
    /// - Returns: `penalty` [N, 1], differentiable in what `score` reads, and `norms` [N, 1], of the gradients.
    public func callAsFunction(
        real: Tensor, fake: Tensor, mix: Tensor, finalResolution: Int, score: (Tensor) -> Tensor
    ) -> (penalty: Tensor, norms: Tensor) {
        let n = real.shape[0]
        precondition(
            fake.shape == real.shape && mix.shape == [n, 1, 1, 1],
            "gradient penalty: reals \(real.shape), fakes \(fake.shape), mix \(mix.shape)")
        let mixed = Tape.paused { real + mix * (fake - real) }.variable()
        guard let slope = gradients(of: score(mixed).sum(), with: [mixed], recording: true)[0] else {
            preconditionFailure("gradient penalty: the score does not depend on the image")
        }
        let repeated = Float(real.shape[1]) / Float(finalResolution)
        // A root has no derivative at zero; a score that is flat there is told nothing.
        let squares = Tensor.contract(slope, slope, to: [n, 1, 1, 1]).reshaped([n, 1]).atLeast(1e-16)
        let norms = squares.power(0.5) * repeated
        return ((norms - target).squared() * (weight / (target * target)), norms)
    }
}
