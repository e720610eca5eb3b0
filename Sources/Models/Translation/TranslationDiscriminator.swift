import Autodiff
import Layers

/// A discriminator that judges places of images: what the three have in common as discriminators among others.
public protocol TranslationDiscriminator: Discriminator {
    /// Of the images that it is made for.
    var grid: NetworkGrid { get }
}

extension TranslationDiscriminator {
    public var resolution: Int { grid.resolution }
    public func mapSize(at resolution: Int) -> MapSize { grid.size(at: resolution) }

    /// Where it is shown nothing but images.
    public func callAsFunction(_ image: Tensor, labels: Tensor?, _ weights: Weights) -> DiscriminatorOutput {
        self(DiscriminatorInput(image: image, labels: labels), weights)
    }
}

extension DiscriminatorInput {
    /// What conditions each pixel.
    var pixels: Tensor {
        guard let condition else { preconditionFailure("discriminator: no condition of each pixel") }
        return condition
    }
}
