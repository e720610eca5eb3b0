import Autodiff

/// What a generator that makes images of images or of label maps is fed.
public struct TranslationInput {
    /// The image, or the one-hot label map with what else is known of each pixel: [N, H, W, channels].
    public var condition: Tensor
    /// [N, zDim], the same at every pixel, or [N, H, W, zDim]; nil for networks without.
    public var z: Tensor?
    /// What dropout multiplies maps by, as ``Pix2PixGenerator/dropoutSizes(height:width:)`` asks for; nil for no dropout.
    public var dropout: [Tensor]?

    public init(condition: Tensor, z: Tensor? = nil, dropout: [Tensor]? = nil) {
        self.condition = condition
        self.z = z
        self.dropout = dropout
    }
}

extension [TranslationInput] {
    /// Those that a network can take: the sides are multiples of what it halves them by.
    func check(_ network: String, channels: Int, multiple: Int) {
        for input in self {
            let shape = input.condition.shape
            precondition(
                shape.count == 4 && shape[3] == channels && shape[1] % multiple == 0 && shape[2] % multiple == 0,
                "\(network): condition \(shape), expected [N, H, W, \(channels)], both sides multiples of \(multiple)")
        }
    }
}
