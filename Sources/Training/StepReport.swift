import Cluster
import Recipes

/// What a step did.
public struct StepReport: Sendable {
    /// By phase: means over the global batch.
    public var measurements: [PhaseKey: Measurements] = [:]
    /// By phase: norm of the mean gradient before clean-up.
    public var gradientNorms: [PhaseKey: Double] = [:]
    /// What the phases say of their means, by names in `stats.jsonl`, in the order of the phases.
    public private(set) var statistics: [(name: String, value: Double)] = []
    /// Updates that were left out because they were not finite, in the order of the phases.
    public var leftOut: [NotFinite] = []
    /// By phase: seconds of computation, without those of the optimiser and of communication.
    public var seconds: [PhaseKey: Double] = [:]
    public var optimizerSeconds = 0.0
    /// Of the moving average, once a step.
    public var averageSeconds = 0.0
    public var communication = SumQueue.Cost()

    public init() {}

    package mutating func add(_ phase: Phase, _ means: Measurements, norm: Double) {
        measurements[phase.key] = means
        gradientNorms[phase.key] = norm
        statistics += phase.statistics(means)
    }

    /// Of sums that nothing hides: those that layers ask for in the middle of a phase, and those that balance the classes of
    /// label maps before it.
    mutating func add(_ cost: BatchSums.Cost) {
        communication.sums += cost.sums
        communication.bytes += cost.bytes
        communication.seconds += cost.seconds
        communication.waitedSeconds += cost.seconds
    }

    /// A statistic of the step; nil where no phase has it.
    public func statistic(_ name: String) -> Double? { statistics.first { $0.name == name }?.value }

    /// This rank's own work, without waiting for others.
    public var workSeconds: Double { seconds.values.reduce(0, +) + optimizerSeconds + averageSeconds }
}
