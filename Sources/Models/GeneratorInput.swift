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

    /// [N, zDim]
    public var z: Tensor
    /// [N, labelDim], or nil; see ``ConditionKind``.
    public var labels: Tensor?
    public var mixing: Mixing?
    /// For networks with noise inputs.
    public var noise: Noise
    /// ψ: below 1 styles move towards their tracked mean (arXiv 1812.04948, section B).
    public var truncation: Float = 1

    public init(z: Tensor, labels: Tensor?, mixing: Mixing? = nil, noise: Noise) {
        self.z = z
        self.labels = labels
        self.mixing = mixing
        self.noise = noise
    }
}
