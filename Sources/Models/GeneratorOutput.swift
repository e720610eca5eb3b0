import Autodiff
import Layers

/// An image and the feature maps that made it.
public struct GeneratorOutput {
    /// [N, H, W, imageChannels], nominally in [-1, 1]
    public let image: Tensor
    /// The activation of each block before its toRGB, by resolution: [N, h, w, channels(r)]. GGDR's targets.
    public let features: [Int: Tensor]
    /// The style of each layer, [N, styleCount, wDim]; nil for networks without styles.
    public let styles: Tensor?
    /// What the network noted for state that follows it (``Weights/noted``).
    public let noted: [Float]
    /// What the maps of its self-attention follow from, by resolution; none without.
    public let attention: [Int: AttentionProjections]

    public init(
        image: Tensor, features: [Int: Tensor], styles: Tensor? = nil, noted: [Float] = [],
        attention: [Int: AttentionProjections] = [:]
    ) {
        self.image = image
        self.features = features
        self.styles = styles
        self.noted = noted
        self.attention = attention
    }
}
