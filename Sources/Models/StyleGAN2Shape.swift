/// The sizes that a StyleGAN2 generator and discriminator share.
public struct StyleGAN2Shape: Hashable, Sendable {
    /// Of the images; a power of two, at least 8.
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

    public init(
        resolution: Int, imageChannels: Int, zDim: Int, wDim: Int, labelDim: Int = 0, mappingLayers: Int,
        channelBase: Int, channelMax: Int, clamp: Float? = 256
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
