import Autodiff

/// Holds the discriminator flat around real images (R1, arXiv 1801.04406, equation 9).
public enum R1Penalty {
    /// ‖∇D(real)‖², mean over the samples, shape [], differentiable in what `score` reads. The loss is γ/2 of it.
    ///
    /// - Parameters:
    ///   - real: [N, H, W, C], a constant.
    ///   - score: the discriminator, from [N, H, W, C] to [N, 1], recorded.
    public static func squaredSlope(real: Tensor, score: (Tensor) -> Tensor) -> Tensor {
        let images = real.variable()
        guard let slope = gradients(of: score(images).sum(), with: [images], recording: true)[0] else {
            preconditionFailure("R1: the score does not depend on the image")
        }
        return Tensor.contract(slope, slope, to: [1, 1, 1, 1]).reshaped([]) * (1 / Float(real.shape[0]))
    }
}
