import Recipes

/// The mean time of a step under lazy regularisation, from the time of each phase.
public struct StepTime: Sendable {
    public let seconds: Double
    /// Phases, and so optimiser steps and reductions, in a mean step.
    public let phasesPerStep: Double

    /// - Parameter report: of a step with all phases that the schedule has.
    public init(_ report: StepReport, _ schedule: PhaseSchedule) {
        phasesPerStep = schedule.phasesPerStep
        let phases = schedule.keys.reduce(0) { $0 + (report.seconds[$1] ?? 0) * schedule.frequency(of: $1) }
        seconds =
            phases + (report.optimizerSeconds + report.communication.waitedSeconds) * phasesPerStep
            / Double(report.seconds.count) + report.averageSeconds
    }
}
