import Configuration
import Kernels
import Learning
import Recipes
import State

/// What a phase's sums change, once they are there: and what of them is refused.
extension StepEngine {
    /// What forbids a phase's update. Adam would take a gradient that is not finite for 0 or ±10⁵, and go on.
    func notFinite(
        _ phase: Phase, _ means: Measurements, norm: Double, _ network: LearningNetwork, gradientScale: Float
    ) -> NotFinite? {
        if let text = NotFiniteSearch.text(phase, means, norm: norm, network) { return notFinite(phase.key, text) }
        guard numbers.looksAhead else { return nil }
        return network.optimizer.firstNotFinite(
            afterStepOf: network.parameters, gradients: network.tree.gradient, gradientScale: gradientScale,
            number: state.counters[keyPath: network.steps] + 1, network.tree.selection
        ).map { notFinite(phase.key, "the update of \(network.group)/\($0), or of its moments") }
    }

    func update(_ phase: Phase, _ means: Measurements, _ network: LearningNetwork, gradientScale: Float) {
        state.counters[keyPath: network.steps] += 1
        let isFinite = network.optimizer.step(
            network.parameters, gradients: network.tree.gradient, gradientScale: gradientScale,
            number: state.counters[keyPath: network.steps], network.tree.selection)
        if !isFinite { numbers.stop(notFinite(phase.key, NotFiniteSearch.text(network))) }
        for tracking in phase.tracking {
            guard let mean = means[list: tracking.measure], !tracking.follow(mean) else { continue }
            numbers.stop(notFinite(phase.key, "\(tracking.state), which follows \(tracking.measure.name)"))
        }
        numbers.took(phase, &state.counters)
    }

    func updateAverage() {
        guard configuration.ema.enabled else { return networks.average.copy(from: networks.g) }
        let average = ExponentialMovingAverage(
            halfLifeImages: stage.emaHalfLifeKimg * 1000, ramp: configuration.ema.ramp)
        let isFinite = average.update(
            networks.average, from: networks.g, imagesShown: underWay.imagesShown, batch: deal.images(stage))
        if !isFinite { numbers.stop(notFinite(nil, NotFiniteSearch.text(group: "ema", networks.average))) }
    }

    func notFinite(_ phase: PhaseKey?, _ found: String) -> NotFinite {
        NotFinite(phase: phase, step: underWay.step, imagesShown: underWay.imagesShown, found: found)
    }
}
