import Autodiff
import Layers

/// What a discriminator that judges places says of images.
public struct DenseScores {
    /// From the finest to the coarsest scale, [N, h, w, …].
    public let scores: [Tensor]
    /// Encoder feature maps by their nominal resolution.
    public let features: [Int: Tensor]
    /// What the network noted for state that follows it (``Weights/noted``).
    public let noted: [Float]

    public init(scores: [Tensor], features: [Int: Tensor], noted: [Float] = []) {
        self.scores = scores
        self.features = features
        self.noted = noted
    }
}
