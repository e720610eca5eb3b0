import Autodiff
import Layers

/// What a generator is fed.
public struct GeneratorInput {
    /// A second style for part of the layers (arXiv 1812.04948, section 3.1).
    public struct Mixing {
        /// [N, zDim]
        public var z: Tensor
        /// [N, styleCount, 1]: 1 where a layer takes the second style.
        public var mask: Tensor

        public init(z: Tensor, mask: Tensor) {
            self.z = z
            self.mask = mask
        }
    }

    /// [N, zDim]; a network that is conditioned on each pixel also takes one z a pixel, [N, H, W, zDim]. No numbers where
    /// zDim is 0.
    public var z: Tensor
    /// [N, labelDim], or nil; see ``ConditionKind``.
    public var labels: Tensor?
    /// What conditions each pixel, [N, H, W, conditionChannels]: one-hot of a label map, or an image as networks see it;
    /// nil for networks that nothing conditions so.
    public var condition: Tensor?
    /// What dropout multiplies maps by, as ``Generator/dropoutSizes(height:width:)`` asks for; nil for no dropout.
    public var dropout: [Tensor]?
    public var mixing: Mixing?
    /// For networks with noise inputs.
    public var noise: Noise
    /// ψ: below 1 styles move towards their tracked mean (arXiv 1812.04948, section B).
    public var truncation: Float = 1

    public init(
        z: Tensor, labels: Tensor?, condition: Tensor? = nil, dropout: [Tensor]? = nil, mixing: Mixing? = nil,
        noise: Noise
    ) {
        self.z = z
        self.labels = labels
        self.condition = condition
        self.dropout = dropout
        self.mixing = mixing
        self.noise = noise
    }
}
