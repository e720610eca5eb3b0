import Layers

/// The sizes of CC-FPSE's networks (arXiv 1910.06809, section 4.1 and the authors' code).
public struct CCFPSEShape: Hashable, Sendable {
    /// What the generator starts from.
    public enum Start: Hashable, Sendable {
        /// The label map, shrunk.
        case map
        /// z of so many numbers, through a dense layer.
        case latent(Int)
    }

    /// Of the images; both sides are multiples of 2^ups and of 32.
    public var grid: NetworkGrid
    public var imageChannels: Int
    /// One-hot classes; the authors have one more of don't-care behind them, and one of instance edges. Here data sets know
    /// no instances, and don't-care is class 0 where there is such a class.
    public var semantics: Int
    public var start: Start
    /// Whether the generator has one more level ("most" in the authors' code, for Cityscapes).
    public var isDeep: Bool
    /// The generator's last width; the authors' ngf of 64.
    public var generatorWidth: Int
    /// The discriminator's first width; the authors' ndf of 64.
    public var discriminatorWidth: Int
    /// Channels between semantics and what is predicted of them: 128.
    public var hidden: Int

    public init(
        grid: NetworkGrid, imageChannels: Int = 3, semantics: Int, start: Start = .map, isDeep: Bool = false,
        generatorWidth: Int = 64, discriminatorWidth: Int = 64, hidden: Int = 128
    ) {
        self.grid = grid
        self.imageChannels = imageChannels
        self.semantics = semantics
        self.start = start
        self.isDeep = isDeep
        self.generatorWidth = generatorWidth
        self.discriminatorWidth = discriminatorWidth
        self.hidden = hidden
        let (size, multiple) = (grid.imageSize, 1 << ups)
        precondition(
            size.height % multiple == 0 && size.width % multiple == 0, "CC-FPSE: \(size), halved \(ups) times")
    }

    /// Length of z; 0 where it starts from the label map.
    public var zDim: Int {
        switch start {
        case .map: 0
        case .latent(let count): count
        }
    }

    /// How often the generator doubles.
    public var ups: Int { isDeep ? 6 : 5 }

    /// Channels of what the generator's blocks are conditioned on: the map and its encoding.
    var conditionChannels: Int { semantics + generatorWidth }

    /// What the generator's blocks make, times its last width: head, two in the middle, four on the way up.
    static let generatorFactors = [16, 16, 16, 8, 4, 2, 1]

    /// Of the last of the generator's maps that have been halved so often.
    func generatorChannels(halvings: Int) -> Int { generatorWidth << min(halvings, 4) }

    /// Of the discriminator's encoder maps f₁ … f₅, times its first width.
    static let encoderFactors = [1, 2, 4, 8, 8]

    /// Nominal, of maps that have been halved so often.
    public func resolution(halvings: Int) -> Int { grid.resolution >> halvings }

    /// How often maps of a nominal resolution have been halved.
    func halvings(to resolution: Int) -> Int { grid.resolution.trailingZeroBitCount - resolution.trailingZeroBitCount }

    /// The first resolution that GGDR's decoder can predict: twice that of the discriminator's last map.
    public var firstDecoded: Int { max(8, 2 * resolution(halvings: Self.encoderFactors.count)) }
}
