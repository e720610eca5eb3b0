/// What rank 0 has decided of a run's growth, and what it decides the rest from; a part of its checkpoints.
package struct GrowthProgress: Codable, Equatable, Sendable {
    /// Images shown when each transition starts, where plateaus trigger them.
    package var transitions: [Int] = []
    package var plateau = PlateauDetector.State()

    package init() {}
}
