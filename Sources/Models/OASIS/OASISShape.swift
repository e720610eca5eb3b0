/// The sizes of OASIS's networks (arXiv 2012.04781, tables D and E).
public struct OASISShape: Hashable, Sendable {
    /// Of the images; both sides are multiples of 2^blocks.
    public var grid: NetworkGrid
    public var imageChannels: Int
    /// Of label maps, N; the discriminator has one more.
    public var classes: Int
    /// Channels of the noise beside the label map: 64.
    public var zDim: Int
    /// The generator's last width; the authors' ch of 64.
    public var generatorWidth: Int
    /// The discriminator's last width; the authors' 64.
    public var discriminatorWidth: Int
    /// Channels between label map and factors in SPADE: 128.
    public var hidden: Int
    /// Of the generator, and as many on either way of the discriminator; 6 in the paper.
    public var blocks: Int

    public init(
        grid: NetworkGrid, imageChannels: Int = 3, classes: Int, zDim: Int = 64, generatorWidth: Int = 64,
        discriminatorWidth: Int = 64, hidden: Int = 128, blocks: Int = 6
    ) {
        let (size, multiple) = (grid.imageSize, 1 << blocks)
        precondition(
            blocks >= 2 && size.height % multiple == 0 && size.width % multiple == 0,
            "OASIS: \(blocks) blocks that halve \(size)")
        self.grid = grid
        self.imageChannels = imageChannels
        self.classes = classes
        self.zDim = zDim
        self.generatorWidth = generatorWidth
        self.discriminatorWidth = discriminatorWidth
        self.hidden = hidden
        self.blocks = blocks
    }

    /// Of the map that the generator feeds to its block `block`, counted from 0, and behind the last: 16, 16, 16, 8, 4, 2, 1
    /// times its last width.
    public func generatorChannels(before block: Int) -> Int { generatorWidth << min(4, blocks - block) }

    /// Of the discriminator's maps that have been halved `block` + 1 times: 2, 2, 4, 4, 8, 8 times its last width.
    public func discriminatorChannels(down block: Int) -> Int { discriminatorWidth << min(block / 2 + 1, 3) }

    /// Of the discriminator's maps behind block `block` on the way back: 8, 4, 4, 2, 2, 1 times its last width.
    public func discriminatorChannels(up block: Int) -> Int {
        block == blocks - 1 ? discriminatorWidth : discriminatorChannels(down: blocks - 2 - block)
    }

    /// Nominal, of maps that have been halved so often.
    public func resolution(halvings: Int) -> Int { grid.resolution >> halvings }

    /// How often maps of a nominal resolution have been halved.
    func halvings(to resolution: Int) -> Int { grid.resolution.trailingZeroBitCount - resolution.trailingZeroBitCount }

    /// The first resolution that GGDR's decoder can predict: twice that of the discriminator's last map.
    public var firstDecoded: Int { max(8, 2 * resolution(halvings: blocks)) }
}
