import Autodiff
import Kernels
import Recipes
import Storage

/// Whether the networks give numbers.
extension StepEngine {
    /// What is not finite of images and losses that the networks give now; nil where all is.
    ///
    /// Parameters may be finite, and yet so large that nothing they give is: what a rate far too high leaves behind.
    package func probe() -> NotFinite? {
        Tape.paused {
            let generator = level.of(networks.generator)
            let phases = recipe.phases(
                at: StepSetting(stage: configuration.stage(at: level.resolution), fade: level.fade))
            // Images of label maps or of other images need those.
            guard generator.conditionChannels == 0, let phase = phases.first(where: { $0.learner == .generator })
            else { return nil }
            let microbatch = PhaseMicrobatch(
                step: state.counters.step, phase: phase.key, stream: phase.stream,
                samples: 0..<configuration.stage(at: level.resolution).microbatch, images: nil, labels: nil,
                inputs: inputs)
            let weights = networks.average.weights(
                differentiable: false, networks.average.selection(generator.activeParameters))
            let image = generator(microbatch.generatorInput(generator), weights).image
            if let text = FiniteNumbers.complaint(of: image.array) {
                return notFinite(nil, "an image of the averaged generator after the step \(text)")
            }
            // A loss of pairs needs real ones, too.
            guard phase.reals == nil else { return nil }
            let results =
                switch phase.loss {
                case .each(let loss): [loss(microbatch)()]
                case .together(let losses): losses([microbatch])
                case .openedTogether(let loss): loss([microbatch]).map { $0() }
                }
            for result in results {
                let numbers = phase.statistics(result.measurements)
                guard let (name, value) = numbers.first(where: { !$0.1.isFinite }) else { continue }
                return notFinite(nil, "after the step \(name) of generated images is \(FiniteNumbers.name(value))")
            }
            return nil
        }
    }
}
