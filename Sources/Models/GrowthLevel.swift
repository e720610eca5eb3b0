/// How far networks have grown (progressive growing, arXiv 1710.10196, section 2).
public struct GrowthLevel: Hashable, Codable, Sendable {
    /// Nominal resolution of the images that go out of the generator and into the discriminator.
    public var resolution: Int
    /// The old resolution's share while the new one fades in: just below 1 at the start of a fade, 0 when only the
    /// new resolution shows.
    public var fade: Float

    public init(resolution: Int, fade: Float = 0) {
        self.resolution = resolution
        self.fade = fade
    }

    public var isFading: Bool { fade > 0 }

    /// The reference's level of detail: log2(final / resolution), plus the old resolution's share.
    public func lod(final: Int) -> Float {
        Float(final.trailingZeroBitCount - resolution.trailingZeroBitCount) + fade
    }

    /// Whether the same layers take part: levels that differ only in the amount of fading.
    public func hasSameLayers(as other: GrowthLevel) -> Bool {
        resolution == other.resolution && isFading == other.isFading
    }
}
