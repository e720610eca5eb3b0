import Layers

/// The sizes of Pix2Pix's networks (arXiv 1611.07004, section 6.1).
public struct Pix2PixShape: Hashable, Sendable {
    /// Of the images; both sides are multiples of 2^downs.
    public var grid: NetworkGrid
    /// Of the image that is given.
    public var inputChannels: Int
    /// Of the image that is made.
    public var outputChannels: Int
    /// How often the U-Net halves: 8 at 256².
    public var downs: Int
    /// The generator's first width; the authors' ngf of 64.
    public var generatorWidth: Int
    /// The discriminator's first width; the authors' ndf of 64.
    public var discriminatorWidth: Int
    /// The discriminator's convolutions of stride two: 3 make it see patches of 70².
    public var patchLayers: Int
    public var normalization: FeatureNormalization.Kind

    public init(
        grid: NetworkGrid, inputChannels: Int, outputChannels: Int, downs: Int, generatorWidth: Int = 64,
        discriminatorWidth: Int = 64, patchLayers: Int = 3, normalization: FeatureNormalization.Kind = .batch
    ) {
        let (size, multiple) = (grid.imageSize, 1 << downs)
        precondition(
            downs >= 2 && patchLayers >= 1 && size.height % multiple == 0 && size.width % multiple == 0,
            "Pix2Pix: \(downs) halvings of \(size), \(patchLayers) layers of patches")
        self.grid = grid
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.downs = downs
        self.generatorWidth = generatorWidth
        self.discriminatorWidth = discriminatorWidth
        self.patchLayers = patchLayers
        self.normalization = normalization
    }

    /// Of the generator's maps that have been halved `level` + 1 times: 1, 2, 4, 8, 8, … times the first width.
    public func generatorChannels(level: Int) -> Int { generatorWidth << min(level, 3) }

    /// Of the discriminator's maps behind convolution `layer`, counted from 0.
    public func discriminatorChannels(layer: Int) -> Int { discriminatorWidth << min(layer, 3) }

    /// Nominal, of maps that have been halved so often.
    public func resolution(halvings: Int) -> Int { grid.resolution >> halvings }

    /// How often maps of a nominal resolution have been halved.
    func halvings(to resolution: Int) -> Int { grid.resolution.trailingZeroBitCount - resolution.trailingZeroBitCount }

    /// The first resolution that GGDR's decoder can predict: twice that of the discriminator's last map.
    public var firstDecoded: Int { max(8, 2 * resolution(halvings: patchLayers)) }
}
