import Kernels
import Layers

/// The sizes and choices that a progressive generator and discriminator share (arXiv 1710.10196, appendix A).
public struct ProgressiveShape: Hashable, Sendable {
    /// Of the fully grown networks' images, nominal; a power of two, at least 4.
    public var resolution: Int
    public var imageChannels: Int
    public var zDim: Int
    /// 0 for an unconditional network; else labels follow z, and the discriminator classifies (arXiv 1610.09585) unless
    /// they are numbers.
    public var labelDim: Int
    public var channelBase: Int
    public var channelMax: Int
    /// Whether the generator's feature vectors are normalised (section 4.2).
    public var pixelNorm: Bool
    /// Whether weights start as N(0, 1) and are scaled in use (section 4.1).
    public var equalizedLR: Bool
    /// Whether the generator's activations have a slope of 0.2 below zero, not 0. The discriminator's always have.
    public var leakyReLU: Bool
    /// Samples in a group of the minibatch standard deviation (section 3); 1 leaves it out.
    public var mbstdGroup: Int
    /// Of the maps that images are doubled from; see ``NetworkGrid``.
    public var startHeight: Int
    public var startWidth: Int
    /// What convolutions and filters read beyond the border of a map.
    public var padding: Padding
    public var condition: ConditionKind
    /// Numbers that the discriminator tells from images beside its score (arXiv 1610.09585, of numbers); 0 for none.
    public var regressionDim: Int

    public init(
        resolution: Int, imageChannels: Int, zDim: Int, labelDim: Int = 0, channelBase: Int, channelMax: Int,
        pixelNorm: Bool = true, equalizedLR: Bool = true, leakyReLU: Bool = true, mbstdGroup: Int = 4,
        startHeight: Int = 4, startWidth: Int = 4, padding: Padding = .zero, condition: ConditionKind = .classes,
        regressionDim: Int = 0
    ) {
        precondition(
            resolution >= 4 && resolution & (resolution - 1) == 0,
            "progressive networks: resolution \(resolution), expected a power of two from 4 on")
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.zDim = zDim
        self.labelDim = labelDim
        self.channelBase = channelBase
        self.channelMax = channelMax
        self.pixelNorm = pixelNorm
        self.equalizedLR = equalizedLR
        self.leakyReLU = leakyReLU
        self.mbstdGroup = mbstdGroup
        self.startHeight = startHeight
        self.startWidth = startWidth
        self.padding = padding
        self.condition = condition
        self.regressionDim = regressionDim
    }

    /// Classes that the discriminator tells apart.
    public var scoredClasses: Int { condition == .vector ? 0 : labelDim }

    /// Sizes of the feature maps.
    public var grid: NetworkGrid {
        NetworkGrid(resolution: resolution, startHeight: startHeight, startWidth: startWidth)
    }

    /// Feature maps at a resolution: the reference's nf(log2(resolution) − 1), with half of `channelBase` as its base.
    public func channels(_ resolution: Int) -> Int { max(1, min(channelBase / resolution, channelMax)) }

    /// 4, 8, … resolution
    public var resolutions: [Int] { Array(sequence(first: 4) { $0 < self.resolution ? $0 * 2 : nil }) }

    /// Of what attends to the maps of a resolution.
    static func attentionName(_ resolution: Int, _ kind: NetworkExtras.Kind) -> String {
        "\(resolution)x\(resolution)/" + (kind == .attention ? "Attention" : "Residual")
    }

    /// How the reference counts: halvings from the final resolution.
    func lod(_ resolution: Int) -> Int { self.resolution.trailingZeroBitCount - resolution.trailingZeroBitCount }

    func scaling(gain: Float = Float(2).squareRoot()) -> HeScaling {
        HeScaling(gain: gain, isEqualized: equalizedLR)
    }

    /// A resolution's place among `resolutions`.
    func place(_ resolution: Int) -> Int { resolution.trailingZeroBitCount - 2 }

    /// Places of the resolutions whose images or colours take part at a level: the new one, and while it fades in the
    /// old one.
    func shown(at level: GrowthLevel) -> [Int] {
        let place = place(level.resolution)
        return level.isFading ? [place, place - 1] : [place]
    }

    /// The networks must have the level.
    func check(_ level: GrowthLevel) {
        precondition(
            resolutions.contains(level.resolution) && (0...1).contains(level.fade)
                && (level.resolution > 4 || !level.isFading),
            "progressive networks of resolution \(resolution) have no level \(level)")
    }
}
