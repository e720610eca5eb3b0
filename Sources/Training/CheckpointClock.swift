import Reporting

/// Rank 0's clock for `checkpoint.every_minutes`. Other ranks' never count: the step's plan tells them.
struct CheckpointClock {
    private let now: () -> Double
    private var last: Double

    /// - Parameter now: seconds since any moment.
    init(now: (() -> Double)?) {
        let watch = Stopwatch()
        self.now = now ?? { watch.seconds }
        last = self.now()
    }

    /// Since the last plan that saves a checkpoint, or the start of the run.
    var seconds: Double { now() - last }

    /// From the plan on, and not from the checkpoint: the next step is planned before it is written.
    mutating func note(_ plan: StepPlan) { if plan.savesCheckpoint { last = now() } }
}
