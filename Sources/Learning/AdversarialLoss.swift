import Autodiff

/// How the discriminator's scores are judged.
public enum Judgement: Sendable {
    /// Those of real images and those of generated ones apart.
    case apart(any AdversarialLoss)
    /// A real image's beside a generated one's.
    case pairs(RelativisticLoss)
}

/// What generator and discriminator play for, where each score is judged alone. All losses are means over the samples,
/// shape [].
public protocol AdversarialLoss: Sendable {
    /// The generator's.
    ///
    /// - Parameter scores: of the generator's images, [N, 1].
    func generator(_ scores: Tensor) -> Tensor
    /// The discriminator's on real images.
    ///
    /// - Parameter scores: of real images, [N, 1].
    func onReal(_ scores: Tensor) -> Tensor
    /// The discriminator's on generated images.
    ///
    /// - Parameter scores: of the generator's images, [N, 1].
    func onFake(_ scores: Tensor) -> Tensor
}
