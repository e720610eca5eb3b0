/// Of the decoder that hangs on a discriminator and teaches it more than a score (arXiv 2207.13320, section 3.2).
public struct DecoderShape: Equatable, Sendable {
    /// Of the last output, nominal: a power of two from 8 on.
    public var resolution: Int
    /// Layers of each resolution. The last one is linear and doubles the resolution, as in the paper, which has one; those
    /// before it are 1×1 convolutions with leaky ReLU.
    public var depth: Int

    public init(resolution: Int, depth: Int = 1) {
        precondition(resolution >= 8 && depth >= 1, "decoder: \(depth) layers up to \(resolution)²")
        self.resolution = resolution
        self.depth = depth
    }
}
