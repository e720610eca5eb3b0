/// The size of the images that networks make: a start, doubled k times. Squares that are a power of two wide start from
/// 4×4; others from a start of their own (96×64: 6×4).
public struct ImageGrid: Equatable, Hashable, Sendable {
    /// Nominal, 4·2ᵏ: what `resolution` means everywhere; of squares of a power of two, their side.
    public var resolution: Int
    public var startHeight: Int
    public var startWidth: Int

    public init(resolution: Int, startHeight: Int = 4, startWidth: Int = 4) {
        self.resolution = resolution
        self.startHeight = startHeight
        self.startWidth = startWidth
    }

    public var height: Int { startHeight * resolution / 4 }
    public var width: Int { startWidth * resolution / 4 }
    /// Of the start.
    public var doublings: Int { (resolution / 4).trailingZeroBitCount }
    public var isSquare: Bool { startHeight == 4 && startWidth == 4 }
}
