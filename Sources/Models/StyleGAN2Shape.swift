import Kernels

/// The sizes that a StyleGAN2 generator and discriminator share.
public struct StyleGAN2Shape: Hashable, Sendable {
    /// Of the images, nominal; a power of two, at least 8.
    public var resolution: Int
    public var imageChannels: Int
    public var zDim: Int
    public var wDim: Int
    /// 0 for an unconditional network.
    public var labelDim: Int
    public var mappingLayers: Int
    public var channelBase: Int
    public var channelMax: Int
    /// Bound on every layer's output (`conv_clamp`); nil for none.
    public var clamp: Float?
    /// Of the maps that images are doubled from; see ``NetworkGrid``.
    public var startHeight: Int
    public var startWidth: Int
    /// What convolutions and filters read beyond the border of a map.
    public var padding: Padding
    /// Whether images are pictures, whose values are known to lie in [-1, 1]. Others may be of any size: then the clamp
    /// does not bound what is added up to images.
    public var boundedOutput: Bool
    public var condition: ConditionKind
    /// Numbers that the discriminator tells from images beside its score (arXiv 1610.09585, of numbers); 0 for none.
    public var regressionDim: Int

    public init(
        resolution: Int, imageChannels: Int, zDim: Int, wDim: Int, labelDim: Int = 0, mappingLayers: Int,
        channelBase: Int, channelMax: Int, clamp: Float? = 256, startHeight: Int = 4, startWidth: Int = 4,
        padding: Padding = .zero, boundedOutput: Bool = true, condition: ConditionKind = .classes,
        regressionDim: Int = 0
    ) {
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.zDim = zDim
        self.wDim = wDim
        self.labelDim = labelDim
        self.mappingLayers = mappingLayers
        self.channelBase = channelBase
        self.channelMax = channelMax
        self.clamp = clamp
        self.startHeight = startHeight
        self.startWidth = startWidth
        self.padding = padding
        self.boundedOutput = boundedOutput
        self.condition = condition
        self.regressionDim = regressionDim
    }

    /// Sizes of the feature maps.
    public var grid: NetworkGrid {
        NetworkGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
    }

    /// Feature maps at a resolution.
    public func channels(_ resolution: Int) -> Int { min(channelBase / resolution, channelMax) }

    /// 4, 8, … resolution
    public var resolutions: [Int] { Array(sequence(first: 4) { $0 < self.resolution ? $0 * 2 : nil }) }

    /// Of what attends behind a block, by the block's name.
    static func attentionName(_ block: String, _ kind: NetworkExtras.Kind) -> String {
        kind == .attention ? "\(block).attention" : "\(block).residual"
    }

    /// Layers that take a w: 2·log2(resolution) − 2.
    public var wCount: Int { wCount(at: resolution) }

    /// Layers that take a w in a network that has grown to a resolution.
    func wCount(at resolution: Int) -> Int { 2 * (resolution.trailingZeroBitCount - 1) }
}
