import Autodiff
import Cluster
import Configuration
import Kernels
import Layers
import Recipes
import SmallRuns
import State
import Testing
import Training

/// The discriminator's main phase with LeCam, against its loss.
@Suite struct LeCamPhaseTests {
    private struct Fixture {
        let recipe: any Recipe
        let phase: Phase
        let configuration: ResolvedConfiguration
        private let inputs = PhaseInputs(randomizer: Randomizer(seed: 3), styleMixing: 0, datasetLabels: nil)

        init() throws {
            // Averages that stay, so that the loss's slope is that of its term.
            configuration = try Small.configuration([
                "loss.lecam_weight=0.5", "loss.lecam_debias=false", "loss.lecam_decay=0.99999999", "ggdr.enabled=false",
            ])
            recipe = Recipes.make(configuration)
            recipe.networks.initialize(seed: 2)
            for (name, value) in [("real", 0.4), ("fake", -0.3), ("phases", 9)] as [(String, Float)] {
                try #require(recipe.tracked.first { $0.name == "state/lecam_\(name)" }).scalar = value
            }
            phase = try #require(recipe.phases(at: configuration.grown).first { $0.key == .discriminatorMain })
        }

        func losses() throws -> [PhaseLoss] {
            guard case .openedTogether(let loss) = phase.loss else {
                Issue.record("not together")
                return []
            }
            let sums = BatchSums(LoopbackCommunicator(), microbatches: 2)
            let microbatches = [0..<2, 2..<4].map { samples in
                var microbatch = PhaseMicrobatch(
                    step: 0, phase: phase.key, stream: phase.stream, samples: samples,
                    images: Randomizer(seed: 8).normals(.sheet, step: 0, samples: samples, shape: [16, 16, 3]),
                    labels: nil, inputs: inputs)
                microbatch.batch = sums
                return microbatch
            }
            let losses = loss(microbatches).map { $0() }
            try sums.check()
            return losses
        }
    }

    @Test(arguments: ["b16.fromrgb.weight", "b8.conv0.weight", "b4.fc.bias", "b4.out.weight"])
    func gradientIsThatOfTheLoss(_ name: String) throws {
        let fixture = try Fixture()
        let d = fixture.recipe.networks.d
        let entry = try #require(d.entry(named: name))
        let selection = d.selection(fixture.recipe.networks.discriminator.activeParameters)
        let place = try #require(selection.entries.firstIndex { $0.name == name })
        let results = try fixture.losses().map { $0.result() }
        var gradient = [Float](repeating: 0, count: entry.count)
        for result in results {
            let part = try #require(result.gradients[place]).array
            for i in part.indices { gradient[i] += part[i] * entry.declaration.scale / 2 }
        }
        let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(length > 1e-4)
        #expect(results.allSatisfy { $0.measurements[Measure("loss/lecam")] > 0 })

        let view = d.view(entry)
        let values = view.array
        func loss(_ offset: Float) throws -> Float {
            Elementwise.copy(BufferView(zip(values, gradient).map { $0 + offset * $1 / length }), into: view)
            d.didChange()
            return try fixture.losses().map { $0.measurements }.reduce(0) { sum, m in
                sum + (m[.discriminatorFakeLoss] + m[.discriminatorRealLoss] + 0.5 * m[Measure("loss/lecam")]) / 2
            }
        }
        let step: Float = 0x1p-7
        let slope = try (loss(step) - loss(-step)) / (2 * step)
        #expect(abs(slope - length) < 0.02 * length, "\(slope), expected \(length)")
    }
}
