import Autodiff

/// A microbatch of images as a discriminator is shown them.
public struct DiscriminatorInput {
    /// [N, r, r, imageChannels] in [-1, 1]
    public var image: Tensor
    /// One-hot [N, labelDim], or nil.
    public var labels: Tensor?

    public init(image: Tensor, labels: Tensor?) {
        self.image = image
        self.labels = labels
    }
}
