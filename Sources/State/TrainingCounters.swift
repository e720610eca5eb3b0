/// What a run counts: all of its state that is no array.
///
/// **A new piece of state is one line here.** It stands in checkpoints as an attribute of its name in snake case: whole
/// and floating-point numbers as such, lists of whole numbers too, anything else as JSON. It is shared when a run starts,
/// hashed with the replicas, compared by `inspect --compare`. A checkpoint that does not have it leaves it as it is
/// here; what is nil is not written.
public struct TrainingCounters: Codable, Equatable, Sendable {
    /// Steps taken.
    public var step = 0
    /// Real images shown.
    public var imagesShown = 0
    /// Steps of each optimiser since its moments were last forgotten.
    public var optimizerStepsGenerator = 0
    public var optimizerStepsDiscriminator = 0
    /// At which the last step trained, and the old resolution's share in it; nil before the first, and where nothing
    /// grows.
    public var levelResolution: Int?
    public var levelFade: Float?
    /// What rank 0 has decided about growing; nil where nothing grows.
    public var growth: GrowthProgress?
    /// Updates that were left out because they were not finite; nil where none was.
    public var guardLeftOut: Int?
    /// Those of each phase since its last one that was taken, by the phase's random stream.
    public var guardLeftOutInARow: [Int]?
    /// Of `metrics.best`; nil before the first value.
    public var best: BestScore?

    public init() {}
}
