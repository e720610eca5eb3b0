import Cluster

/// What a step did.
public struct StepReport: Sendable {
    /// By phase: means over the global batch.
    public var measurements: [Phase: Measurements] = [:]
    /// By phase: norm of the mean gradient before clean-up.
    public var gradientNorms: [Phase: Double] = [:]
    /// Updates that were left out because they were not finite, in the order of the phases.
    public var leftOut: [NotFinite] = []
    /// By phase: seconds of computation, without those of the optimiser and of communication.
    public var seconds: [Phase: Double] = [:]
    public var optimizerSeconds = 0.0
    /// Of the moving average, once a step.
    public var averageSeconds = 0.0
    public var communication = SumQueue.Cost()

    public init() {}

    /// This rank's own work, without waiting for others.
    public var workSeconds: Double { seconds.values.reduce(0, +) + optimizerSeconds + averageSeconds }
}
