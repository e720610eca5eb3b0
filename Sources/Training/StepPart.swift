import Kernels

/// The parts of a step that a profile tells apart.
package enum StepPart: Int, CaseIterable {
    case generatorMain, generatorRegularization, discriminatorMain, discriminatorRegularization
    /// What follows every phase: gradients summed, the optimiser, tracked means.
    case update
    /// The moving average, once a step.
    case average

    package init(_ phase: Phase) {
        self =
            switch phase {
            case .generatorMain: .generatorMain
            case .generatorRegularization: .generatorRegularization
            case .discriminatorMain: .discriminatorMain
            case .discriminatorRegularization: .discriminatorRegularization
            }
    }

    /// What this thread does from now on is of this part.
    func begin() { OperationProfile.enter(rawValue) }

    private var phase: Phase? { Phase.allCases.first { StepPart($0) == self } }

    /// As in the bench, where the optimiser's time has that of the averages in it.
    package var name: String { phase?.name ?? "optimizer" }

    /// How often it is in a mean step, when each phase was run once: the weights of `StepTime`.
    package func weight(_ schedule: PhaseSchedule) -> Double {
        switch self {
        case .average: 1
        case .update:
            Phase.allCases.reduce(0) { $0 + StepTime.frequency(of: $1, schedule) } / Double(Phase.allCases.count)
        default: phase.map { StepTime.frequency(of: $0, schedule) } ?? 0
        }
    }
}
