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
    /// Nil without GGDR, and while the network has not grown to its resolution.
    var decoder: GGDRDecoder? { get }
    /// Height and width of the images that it takes as it is now.
    var resolution: Int { get }
    /// With the decoder's. A network that grows declares the parameters of all levels.
    var declarations: [ParameterDeclaration] { get }
    /// Names of the trained parameters that take part, the decoder's among them; all by default.
    var activeParameters: Set<String> { get }

    /// What it says of images.
    ///
    /// - Parameters:
    ///   - image: [N, r, r, imageChannels] in [-1, 1], r being `resolution`.
    ///   - labels: one-hot [N, labelDim], or nil for an unconditional network.
    func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput
}

extension Discriminator {
    public var activeParameters: Set<String> { Set(declarations.filter(\.isTrained).map(\.name)) }
}
