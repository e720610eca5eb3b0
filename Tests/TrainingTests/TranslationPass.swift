import Autodiff
import Cluster
import Layers
import Models
import Recipes
import SmallRuns
import Testing
import Training

/// What an engine's networks make of the first step's pairs in a phase, apart from its passes: what the engine measures is
/// compared with it. It moves spectral normalisation on, as the phase would.
struct TranslationPass {
    let real: RealBatch
    let networks: Networks
    /// Of each microbatch.
    let conditions: [Tensor]
    let made: [GeneratorOutput]
    /// What the discriminator says of ``made``, and the weights that it says so with.
    let seen: [DiscriminatorOutput]
    let weights: [Weights]

    init(_ phase: PhaseKey, of engine: StepEngine) throws {
        let (configuration, networks) = (engine.configuration, engine.networks)
        let (generator, discriminator) = (networks.generator, networks.discriminator)
        let real = try engine.reals(of: SmallPairs.minibatch(engine), at: configuration.grown)
        let conditions = try #require(real.conditions)
        networks.parameters(of: Small.learner(of: phase)).advance()
        let sums = BatchSums(LoopbackCommunicator(), microbatches: conditions.count)
        let draws = PhaseInputs(
            randomizer: Randomizer(seed: configuration.seed), styleMixing: 0, datasetLabels: nil)
        // In Pix2Pix both phases have the generator's images.
        let drawing = configuration.model.family == .pix2pix ? .generatorMain : phase
        let size = configuration.microbatch
        let inputs = conditions.indices.map { k in
            var input = draws.generatorInput(
                generator, step: 0, phase: drawing, stream: Small.stream(of: drawing),
                samples: k * size..<(k + 1) * size)
            input.condition = conditions[k]
            return input
        }
        let ofG = conditions.map { _ in
            networks.g.weights(differentiable: false, batch: generator.looksAtWholeBatch ? sums : nil)
        }
        let made = Tape.paused { generator(inputs, ofG) }
        let ofD = conditions.map { _ in
            networks.d.weights(differentiable: false, batch: discriminator.looksAtWholeBatch ? sums : nil)
        }
        let shown = zip(made, conditions).map { DiscriminatorInput(image: $0.image, labels: nil, condition: $1) }
        seen = Tape.paused { discriminator(shown, ofD) }
        (self.real, self.networks, self.conditions, self.made, weights) = (real, networks, conditions, made, ofD)
    }

    /// Of each class, in the label maps of all microbatches.
    var pixels: [Int] {
        let classes = conditions[0].shape[3]
        var counts = [Int](repeating: 0, count: classes)
        for map in conditions {
            for (place, value) in map.array.enumerated() where value == 1 { counts[place % classes] += 1 }
        }
        return counts
    }
}
