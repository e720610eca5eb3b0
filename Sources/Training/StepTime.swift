import Cluster

/// The mean time of a step under lazy regularisation, from the time of each phase.
public struct StepTime: Sendable {
    public let seconds: Double
    /// Phases, and so optimiser steps and reductions, in a mean step.
    public let phasesPerStep: Double

    /// - Parameter report: of a step with all phases that the schedule has.
    public init(_ report: StepReport, _ schedule: PhaseSchedule) {
        var sum = 0.0
        var phases = 0.0
        for phase in Phase.allCases {
            let frequency = Self.frequency(of: phase, schedule)
            sum += (report.seconds[phase] ?? 0) * frequency
            phases += frequency
        }
        phasesPerStep = phases
        seconds =
            sum + (report.optimizerSeconds + report.communication.waitedSeconds) * phases / Double(report.seconds.count)
            + report.averageSeconds
    }

    /// How often a step has this phase.
    package static func frequency(of phase: Phase, _ schedule: PhaseSchedule) -> Double {
        switch phase {
        case .generatorMain, .discriminatorMain: 1
        case .generatorRegularization: schedule.pathLengthInterval.map { 1 / Double($0) } ?? 0
        case .discriminatorRegularization: schedule.r1Interval.map { 1 / Double($0) } ?? 0
        }
    }
}
