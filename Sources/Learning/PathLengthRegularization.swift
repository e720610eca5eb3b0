import Autodiff

/// Wants steps in w to change images by one length everywhere (path length regularisation, arXiv 1912.04958, section 3.2).
public struct PathLengthRegularization: Sendable {
    /// Rate at which the tracked mean length follows.
    public var decay: Float

    public init(decay: Float) { self.decay = decay }

    /// (‖Jᵀy‖ − a)², mean over the samples; y N(0, 1) of the image's shape over the root of its height times its width, a the
    /// mean length.
    ///
    /// - Parameters:
    ///   - image: [N, H, W, C], recorded.
    ///   - styles: that made it, [N, styleCount, wDim], recorded.
    ///   - noise: N(0, 1), of the image's shape.
    ///   - tracked: the mean length before this step.
    /// - Returns: the penalty, shape [], and the lengths, [N].
    public func callAsFunction(
        image: Tensor, styles: Tensor, noise: Tensor, tracked: Float
    ) -> (penalty: Tensor, lengths: Tensor) {
        // Of a square, exactly its side.
        let (n, side) = (image.shape[0], Float(image.shape[1] * image.shape[2]).squareRoot())
        let projection = (image * (noise * (1 / side))).sum()
        guard let slope = gradients(of: projection, with: [styles], recording: true)[0] else {
            preconditionFailure("path length: the image does not depend on w")
        }
        let squares = Tensor.contract(slope, slope, to: [n, 1, 1]).reshaped([n])
        let lengths = (squares * (1 / Float(slope.shape[1]))).power(0.5)
        // As in the reference, the gradient also flows through the mean that the lengths are compared with.
        let mean = lengths.mean().affine(decay, tracked * (1 - decay))
        return ((lengths - mean.reshaped([1])).squared().mean(), lengths)
    }

    /// The tracked mean after a step.
    public func tracked(_ old: Float, mean: Float) -> Float { old + decay * (mean - old) }
}
