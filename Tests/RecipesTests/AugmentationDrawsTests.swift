import Autodiff
import Cluster
import Learning
import Models
import Recipes
import SmallRuns
import Testing

/// What a step draws for augmentation: of what the discriminator sees, and of nothing else.
@Suite struct AugmentationDrawsTests {
    /// Inputs that note what draws were asked for.
    private final class Noting: StepInputs {
        private let inputs = PhaseInputs(
            randomizer: Randomizer(seed: 3), styleMixing: 0, datasetLabels: Small.datasetLabels)
        private(set) var shown: [Shown] = []

        func generatorInput(
            _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
        ) -> GeneratorInput {
            inputs.generatorInput(generator, step: step, phase: phase, stream: stream, samples: samples)
        }
        func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            inputs.imageNoise(generator, step: step, stream: stream, samples: samples)
        }
        func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            inputs.interpolation(step: step, stream: stream, samples: samples)
        }
        func augmentation(of shown: Shown, step: Int, stream: Int, samples: Range<Int>) -> AugmentationDraws {
            self.shown.append(shown)
            return inputs.augmentation(of: shown, step: step, stream: stream, samples: samples)
        }
    }

    static let cases: [([String], [Shown])] = [
        ([], [.reals, .fakes]), (["loss.lecam_weight=0.1"], [.reals, .fakes]),
        (Small.selfAttention, [.reals, .fakes]),
        (["loss.kind=wgan-gp", "loss.r1_gamma=auto"], [.reals, .fakes, .mixes]),
    ]

    @Test(arguments: cases) func ofWhatIsSeen(overrides: [String], expected: [Shown]) throws {
        let configuration = try Small.configuration(["augment.mode=fixed", "augment.p=0.5"] + overrides)
        let recipe = Recipes.make(configuration)
        recipe.networks.initialize(seed: 2)
        let phase = try #require(recipe.phases(at: configuration.grown).first { $0.key == .discriminatorMain })
        let inputs = Noting()
        let classes = recipe.networks.generator.labelDim
        let labels = classes > 0 ? Tensor.oneHot([0, 1], classes: classes) : nil
        var microbatch = PhaseMicrobatch(
            step: 0, phase: phase.key, stream: phase.stream, samples: 0..<2,
            images: Randomizer(seed: 8).normals(.sheet, step: 0, samples: 0..<2, shape: [16, 16, 3]), labels: labels,
            inputs: inputs)
        microbatch.batch = BatchSums(LoopbackCommunicator(), microbatches: 1)
        let results =
            switch phase.loss {
            case .each(let loss): [loss(microbatch)().result()]
            case .together(let loss): loss([microbatch]).map { $0.result() }
            case .openedTogether(let loss): loss([microbatch]).map { $0().result() }
            }
        #expect(results.count == 1 && results[0].gradients.contains { $0 != nil })
        #expect(inputs.shown == expected)
    }
}
