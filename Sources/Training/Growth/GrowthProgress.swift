import Configuration

/// What rank 0 has decided of a run's growth; a part of its checkpoints.
package struct GrowthProgress: Codable, Equatable, Sendable {
    /// Images shown when each transition starts, where a plateau triggers it.
    package var transitions: [Int] = []
    /// What the present stage has shown; nil where images alone decide.
    package var plateau: PlateauDetector?

    package init() {}
}
