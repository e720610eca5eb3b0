import Autodiff
import Layers

/// What a discriminator says of images.
public struct DiscriminatorOutput {
    /// The score, [N, 1].
    public let logits: Tensor
    /// Scores of the classes, [N, labelDim], of an auxiliary classifier (arXiv 1610.09585); nil without one.
    public let classLogits: Tensor?
    /// Encoder feature maps by their resolution: e[r] is [N, r, r, channels(r)]. What the GGDR decoder reads.
    public let features: [Int: Tensor]

    public init(logits: Tensor, classLogits: Tensor? = nil, features: [Int: Tensor]) {
        self.logits = logits
        self.classLogits = classLogits
        self.features = features
    }
}

/// What training and GGDR ask of a discriminator.
public protocol Discriminator: Sendable {
    /// Nil without GGDR.
    var decoder: GGDRDecoder? { get }
    /// With the decoder's.
    var declarations: [ParameterDeclaration] { get }

    /// Names of the trained parameters that take part at `level`, the decoder's among them.
    func activeParameters(at level: GrowthLevel) -> Set<String>
    /// What it says of images.
    ///
    /// - Parameters:
    ///   - image: [N, r, r, imageChannels] in [-1, 1], r the level's resolution.
    ///   - labels: one-hot [N, labelDim], or nil for an unconditional network.
    func callAsFunction(_ image: Tensor, labels: Tensor?, at level: GrowthLevel, _ weights: Weights)
        -> DiscriminatorOutput
}
