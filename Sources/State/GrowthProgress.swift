/// What rank 0 has decided of a run's growth, and what it decides the rest from.
public struct GrowthProgress: Codable, Equatable, Sendable {
    /// Images shown when each transition starts, where plateaus trigger them.
    public var transitions: [Int] = []
    public var plateau = PlateauState()

    public init() {}
}

/// What the look-out for plateaus has seen so far.
public struct PlateauState: Codable, Sendable, Equatable {
    /// The resolution in training that the values belong to; 0 before the first.
    public var resolution = 0
    /// Sum over the images of the window so far of their loss.
    public var windowSum = 0.0
    /// Images in the window so far.
    public var windowImages = 0
    /// The smallest value at this resolution; nil before the first.
    public var best: Double?
    /// Values since then.
    public var sinceBest = 0
    /// Values in the whole run that were not finite, and left out.
    public var skipped = 0

    public init() {}
}
