import Autodiff
import Layers

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
