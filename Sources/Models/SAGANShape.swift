import Kernels

/// The sizes that a SAGAN generator and discriminator share (arXiv 1805.08318).
public struct SAGANShape: Hashable, Sendable {
    /// Of the images, nominal; a power of two, at least 8.
    public var resolution: Int
    public var imageChannels: Int
    public var zDim: Int
    /// 0 for an unconditional network.
    public var labelDim: Int
    /// Widths as of the other families: of the generator `channelBase`/r at r×r. The authors' gf_dim and df_dim, both 64
    /// at 128², are `channelBase`/128, and their widest maps of 16·gf_dim `channelMax`.
    public var channelBase: Int
    public var channelMax: Int
    /// Of the maps that images are doubled from; see ``NetworkGrid``.
    public var startHeight: Int
    public var startWidth: Int
    /// What convolutions and filters read beyond the border of a map.
    public var padding: Padding
    /// Whether the generator ends with a tanh: for pictures, whose values lie in [-1, 1].
    public var boundedOutput: Bool
    public var condition: ConditionKind
    /// Numbers that the discriminator tells from images beside its score (arXiv 1610.09585, of numbers); 0 for none.
    public var regressionDim: Int

    public init(
        resolution: Int, imageChannels: Int, zDim: Int, labelDim: Int = 0, channelBase: Int, channelMax: Int,
        startHeight: Int = 4, startWidth: Int = 4, padding: Padding = .zero, boundedOutput: Bool = true,
        condition: ConditionKind = .classes, regressionDim: Int = 0
    ) {
        precondition(
            resolution >= 8 && resolution & (resolution - 1) == 0,
            "SAGAN: resolution \(resolution), expected a power of two from 8 on")
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.zDim = zDim
        self.labelDim = labelDim
        self.channelBase = channelBase
        self.channelMax = channelMax
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

    /// The generator's feature maps at a resolution.
    public func generatorChannels(_ resolution: Int) -> Int { max(1, min(channelBase / resolution, channelMax)) }

    /// The discriminator's at the resolution that its blocks have come down to.
    public func discriminatorChannels(_ resolution: Int) -> Int {
        max(1, min(channelBase / (2 * resolution), channelMax))
    }

    /// 8, 16, … resolution: of the generator's blocks.
    public var generatorResolutions: [Int] { Array(sequence(first: 8) { $0 < self.resolution ? $0 * 2 : nil }) }

    /// resolution/2, … 8, 4: of the discriminator's.
    public var discriminatorResolutions: [Int] { generatorResolutions.reversed().map { $0 / 2 } }

    /// Behind `g_` or `d_`, the name of what stands at a resolution: the authors' at 32, where they have it, and with the
    /// resolution behind it elsewhere.
    static func attentionName(_ network: String, _ resolution: Int) -> (NetworkExtras.Kind) -> String {
        { kind in
            let name = kind == .attention ? "\(network)_non_local" : "\(network)_residual"
            return resolution == 32 ? name : "\(name)_\(resolution)"
        }
    }
}
