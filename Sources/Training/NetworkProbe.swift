import Autodiff
import Configuration
import Layers
import Models
import Storage

/// Whether the networks give numbers.
extension Trainer {
    /// What is not finite of images and scores that the networks give now; nil where all is.
    ///
    /// Parameters may be finite, and yet so large that nothing they give is: what a rate far too high leaves behind.
    package func probe() -> NotFinite? {
        let level = level ?? setting.level
        let samples = 0..<configuration.stage(at: level.resolution).microbatch
        func input() -> GeneratorInput {
            inputs.generatorInput(step: step, phase: .generatorMain, samples: samples, at: level)
        }
        return Tape.paused {
            let objectives = objectives.at(level)
            let weights = networks.average.weights(differentiable: false, objectives.selectionG)
            let image = networks.generator(input(), at: level, weights).image
            if let text = FiniteNumbers.complaint(of: image.array) {
                return notFinite(nil, "an image of the averaged generator after the step \(text)")
            }
            let measurements = objectives.generatorMain(objectives.fakes(input())).measurements
            let score = Double(measurements[.fakeScore])
            if measurements.areFinite { return nil }
            return notFinite(nil, "after the step the score of generated images is \(FiniteNumbers.name(score))")
        }
    }
}
