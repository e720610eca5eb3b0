import Configuration
import Models
import Recipes
import State

/// What a run's counters say of growth.
extension TrainingCounters {
    package init(step: Int, imagesShown: Int, level: GrowthLevel? = nil, growth: GrowthProgress? = nil) {
        self.init()
        (self.step, self.imagesShown, self.growth) = (step, imagesShown, growth)
        self.level = level
    }

    /// At which the last step trained; nil before the first, and where nothing grows.
    public package(set) var level: GrowthLevel? {
        get { levelResolution.map { GrowthLevel(resolution: $0, fade: levelFade ?? 0) } }
        set { (levelResolution, levelFade) = (newValue?.resolution, newValue?.fade) }
    }
}

extension StepEngine {
    /// At which the networks are: of the last step, or of the first one.
    public var level: GrowthLevel {
        state.counters.level
            ?? (configuration.growing.enabled
                ? GrowthSchedule(configuration).level(
                    imagesShown: state.counters.imagesShown, transitions: state.counters.growth?.transitions ?? [])
                : configuration.grown.level)
    }

    /// Takes over what a settled step's results say about growing.
    package func observe(_ plan: StepPlan, _ report: StepReport, distance: Double?, _ coordinator: Coordinator) {
        guard configuration.growing.enabled, let loss = report.statistic("loss/discriminator") else { return }
        state.counters.growth = coordinator.observed(plan, state.counters, loss: loss, distance: distance)
    }
}
