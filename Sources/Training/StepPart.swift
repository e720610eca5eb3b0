import Kernels
import Recipes

/// The parts of a step that a profile tells apart: its phases, then what follows each, then the moving average.
package struct StepPart: Equatable {
    package let number: Int

    package static func phase(_ key: PhaseKey, _ schedule: PhaseSchedule) -> StepPart {
        StepPart(number: schedule.keys.firstIndex(of: key) ?? 0)
    }

    /// What follows every phase: gradients summed, the optimiser, tracked means.
    package static func update(_ schedule: PhaseSchedule) -> StepPart { StepPart(number: schedule.keys.count) }

    /// The moving average, once a step.
    package static func average(_ schedule: PhaseSchedule) -> StepPart { StepPart(number: schedule.keys.count + 1) }

    package static func all(_ schedule: PhaseSchedule) -> [StepPart] {
        (0...schedule.keys.count + 1).map(StepPart.init)
    }

    /// What this thread does from now on is of this part.
    func begin() { OperationProfile.enter(number) }

    /// As in the bench, where the optimiser's time has that of the averages in it.
    package func name(_ schedule: PhaseSchedule) -> String {
        number < schedule.keys.count ? schedule.keys[number].description : "optimizer"
    }

    /// How often it is in a mean step, when each phase was run once: the weights of ``StepTime``.
    package func weight(_ schedule: PhaseSchedule) -> Double {
        if number < schedule.keys.count { return schedule.frequency(of: schedule.keys[number]) }
        if number > schedule.keys.count { return 1 }
        return schedule.phasesPerStep / Double(schedule.keys.count)
    }
}
