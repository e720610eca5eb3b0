import Autodiff

/// Holds the discriminator flat around images: real ones (R1, arXiv 1801.04406, equation 9), generated ones (R2, equation 10).
public enum SlopePenalty {
    /// ‖∇D(image)‖², mean over the samples, shape [], differentiable in what `score` reads. The loss is γ/2 of it.
    ///
    /// - Parameters:
    ///   - images: [N, H, W, C], a constant.
    ///   - score: the discriminator, from [N, H, W, C] to [N, 1], recorded.
    public static func squaredSlope(at images: Tensor, score: (Tensor) -> Tensor) -> Tensor {
        let images = images.variable()
        return squaredSlope(of: score(images), at: images)
    }

    /// Of scores that are there already, and may serve another loss, too.
    ///
    /// - Parameters:
    ///   - scores: [N, 1], recorded.
    ///   - images: [N, H, W, C], the variable that they were computed from.
    public static func squaredSlope(of scores: Tensor, at images: Tensor) -> Tensor {
        guard let slope = gradients(of: scores.sum(), with: [images], recording: true)[0] else {
            preconditionFailure("R1: the score does not depend on the image")
        }
        return Tensor.contract(slope, slope, to: [1, 1, 1, 1]).reshaped([]) * (1 / Float(images.shape[0]))
    }
}
