import Autodiff

/// A microbatch of images as a discriminator is shown them.
public struct DiscriminatorInput {
    /// [N, H, W, imageChannels], nominally in [-1, 1]
    public var image: Tensor
    /// [N, labelDim], or nil; see ``ConditionKind``.
    public var labels: Tensor?
    /// What conditions each pixel, [N, H, W, conditionChannels]; nil where nothing does.
    public var condition: Tensor?

    public init(image: Tensor, labels: Tensor?, condition: Tensor? = nil) {
        self.image = image
        self.labels = labels
        self.condition = condition
    }
}
