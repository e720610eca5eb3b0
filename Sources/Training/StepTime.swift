/// The mean time of a step under lazy regularisation, from the time of each phase.
public struct StepTime: Sendable {
    public let seconds: Double

    /// - Parameter report: of a step with all phases.
    public init(_ report: StepReport, _ schedule: PhaseSchedule) {
        var sum = 0.0
        var share = 0.0
        for phase in Phase.allCases {
            let frequency =
                switch phase {
                case .generatorMain, .discriminatorMain: 1.0
                case .generatorRegularization: schedule.pathLengthInterval.map { 1 / Double($0) } ?? 0
                case .discriminatorRegularization: schedule.r1Interval.map { 1 / Double($0) } ?? 0
                }
            sum += (report.seconds[phase] ?? 0) * frequency
            share += frequency / Double(Phase.allCases.count)
        }
        seconds = sum + (report.optimizerSeconds + report.communicationSeconds) * share
    }
}
