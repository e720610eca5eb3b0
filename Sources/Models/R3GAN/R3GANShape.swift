import Layers

/// The sizes of R3GAN's networks (arXiv 2501.05441, section 3.3), the same in both, which mirror each other.
public struct R3GANShape: Hashable, Sendable {
    /// All that the feature maps of one resolution have in common.
    public struct Stage: Hashable, Sendable {
        /// Channels between blocks.
        public var width: Int
        /// Groups of a block's 3×3 convolution (its cardinality): 96 of 16 channels at a width of 768.
        public var groups: Int
        public var blocks: Int

        public init(width: Int, groups: Int, blocks: Int = 2) {
            precondition(
                width > 0 && groups > 0 && blocks > 0, "R3GAN: \(blocks) blocks of \(width) in \(groups) groups")
            (self.width, self.groups, self.blocks) = (width, groups, blocks)
        }
    }

    /// From the smallest maps up.
    public var stages: [Stage]
    /// How many times as wide blocks are inside.
    public var expansion: Int
    /// Of the smallest maps; each stage doubles both.
    public var startHeight: Int
    public var startWidth: Int
    public var imageChannels: Int
    public var zDim: Int
    /// 0 for unconditional networks.
    public var labelDim: Int
    /// Numbers that the generator makes of a label, beside z.
    public var generatorEmbedding: Int
    /// Numbers that the discriminator makes of a label and of an image, whose product is the score.
    public var discriminatorEmbedding: Int
    public var condition: ConditionKind
    /// Numbers that the discriminator tells from images beside its score (arXiv 1610.09585, of numbers); 0 for none.
    public var regressionDim: Int

    /// - Parameter discriminatorEmbedding: nil for the widest stage's width.
    public init(
        stages: [Stage], expansion: Int = 2, startHeight: Int = 4, startWidth: Int = 4, imageChannels: Int = 3,
        zDim: Int = 64, labelDim: Int = 0, generatorEmbedding: Int = 64, discriminatorEmbedding: Int? = nil,
        condition: ConditionKind = .classes, regressionDim: Int = 0
    ) {
        precondition(
            stages.count >= 2 && expansion > 0 && stages.allSatisfy { $0.width * expansion % $0.groups == 0 },
            "R3GAN: stages \(stages), expanded by \(expansion)")
        self.stages = stages
        self.expansion = expansion
        self.startHeight = startHeight
        self.startWidth = startWidth
        self.imageChannels = imageChannels
        self.zDim = zDim
        self.labelDim = labelDim
        self.generatorEmbedding = generatorEmbedding
        self.discriminatorEmbedding = discriminatorEmbedding ?? stages.map(\.width).max() ?? 0
        self.condition = condition
        self.regressionDim = regressionDim
    }

    /// Sizes of the feature maps.
    public var grid: NetworkGrid {
        NetworkGrid(resolution: 4 << (stages.count - 1), startHeight: startHeight, startWidth: startWidth)
    }

    /// 4, 8, … nominal, one to a stage.
    public var resolutions: [Int] { stages.indices.map { 4 << $0 } }

    /// Of the feature maps at a resolution.
    public func channels(_ resolution: Int) -> Int { stages[resolution.trailingZeroBitCount - 2].width }

    /// Of a block's first two convolutions, so that variance grows by as much in the whole network, however many blocks it
    /// has (fix-up initialisation, arXiv 1901.09321): that of leaky ReLU, √(2/1.04), times B^(−¼).
    var blockGain: Float {
        let (slope, blocks) = (R3GANBlock.leaky.slope, Float(stages.reduce(0) { $0 + $1.blocks }))
        return (2 / (1 + slope * slope)).squareRoot() / blocks.squareRoot().squareRoot()
    }
}
