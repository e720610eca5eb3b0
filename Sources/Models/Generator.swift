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
    /// One-hot [N, labelDim], or nil.
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

/// An image and the feature maps that made it.
public struct GeneratorOutput {
    /// [N, r, r, imageChannels], nominally in [-1, 1]
    public let image: Tensor
    /// The activation of each block before its toRGB, by resolution: [N, r, r, channels(r)]. GGDR's targets.
    public let features: [Int: Tensor]
    /// The style of each layer, [N, styleCount, wDim]; nil for networks without styles.
    public let styles: Tensor?
    /// Mean over the samples of the first style, for tracking: wDim numbers; empty for networks without styles.
    public let styleMean: [Float]

    public init(image: Tensor, features: [Int: Tensor], styles: Tensor? = nil, styleMean: [Float] = []) {
        self.image = image
        self.features = features
        self.styles = styles
        self.styleMean = styleMean
    }
}

/// What training, sampling and GGDR ask of a generator.
public protocol Generator: Sendable {
    /// Length of z.
    var zDim: Int { get }
    /// Length of a one-hot label; 0 for an unconditional network.
    var labelDim: Int { get }
    /// Height and width of the images that it makes as it is now.
    var resolution: Int { get }
    /// 1 or 3.
    var imageChannels: Int { get }
    /// Length of a style; 0 for networks without styles.
    var wDim: Int { get }
    /// Layers that take a style; 0 for networks without styles.
    var styleCount: Int { get }
    /// In the order of computation. A network that grows declares the parameters of all levels.
    var declarations: [ParameterDeclaration] { get }
    /// Names of the trained parameters that take part; all by default.
    var activeParameters: Set<String> { get }

    /// Images of its resolution.
    func callAsFunction(_ input: GeneratorInput, _ weights: Weights) -> GeneratorOutput
}

extension Generator {
    public var activeParameters: Set<String> { Set(declarations.filter(\.isTrained).map(\.name)) }
}
