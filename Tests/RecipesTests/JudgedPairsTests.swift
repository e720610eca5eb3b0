import Autodiff
import Cluster
import Configuration
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// Losses of pairs, and the penalties that go with them, in the phases of a microbatch.
@Suite struct JudgedPairsTests {
    private static let samples = 0..<2

    /// StyleGAN2's networks by class, and a microbatch of two reals.
    private struct Fixture {
        let configuration: ResolvedConfiguration
        let recipe: any Recipe
        let inputs: PhaseInputs
        let real: RealSamples
        let labels: Tensor

        init(_ more: [String] = []) throws {
            configuration = try Small.configuration(
                ["loss.kind=relativistic", "ggdr.enabled=false", "data.labels=true", "loss.style_mixing=0"] + more)
            recipe = Recipes.make(configuration)
            recipe.networks.initialize(seed: 2)
            // Other labels than the reals', so that a pair must take theirs.
            inputs = PhaseInputs(randomizer: Randomizer(seed: 3), styleMixing: 0, datasetLabels: [0])
            labels = Tensor.oneHot([2, 1], classes: 3)
            real = RealSamples(
                images: Randomizer(seed: 8).normals(
                    .sheet, step: 0, samples: JudgedPairsTests.samples, shape: [16, 16, 3]), labels: labels)
        }

        var networks: Networks { recipe.networks }

        func phase(_ key: PhaseKey) throws -> Phase {
            try #require(recipe.phases(at: configuration.grown).first { $0.key == key })
        }

        /// What a phase makes of the microbatch.
        func loss(_ key: PhaseKey) throws -> PhaseLoss {
            let phase = try phase(key)
            guard case .each(let loss) = phase.loss else { preconditionFailure("not each by itself") }
            return loss(
                PhaseMicrobatch(
                    step: 0, phase: key, stream: phase.stream, samples: JudgedPairsTests.samples, images: real.images,
                    labels: labels, inputs: inputs))()
        }

        func input(_ key: PhaseKey, labels: Tensor) -> GeneratorInput {
            var input = inputs.generatorInput(
                networks.generator, step: 0, phase: key, stream: Small.stream(of: key),
                samples: JudgedPairsTests.samples)
            input.labels = labels
            return input
        }

        func fake(_ key: PhaseKey, labels: Tensor) -> GeneratorOutput {
            networks.generator(input(key, labels: labels), networks.g.weights(differentiable: false))
        }

        func score(_ images: Tensor, _ labels: Tensor) -> Tensor {
            networks.discriminator(images, labels: labels, networks.d.weights(differentiable: false)).logits
        }

        /// One gradient after another.
        func flat(_ result: PhaseResult) -> [Float] {
            let counts = networks.d.selection(networks.discriminator.activeParameters).entries.map(\.count)
            precondition(counts.count == result.gradients.count)
            return zip(result.gradients, counts).flatMap { $0?.array ?? [Float](repeating: 0, count: $1) }
        }
    }

    /// Both of a pair have the real one's label, in both networks' phases.
    @Test func aPairSharesItsLabel() throws {
        let fixture = try Fixture(["loss.r1_gamma=0"])
        let loss = RelativisticLoss()
        let real = fixture.score(fixture.real.images, fixture.labels)
        func expected(_ key: PhaseKey, _ labels: Tensor) -> Float {
            let fake = fixture.score(fixture.fake(key, labels: labels).image, labels)
            return key == .generatorMain
                ? loss.generator(real: real, fake: fake).scalar : loss.discriminator(real: real, fake: fake).scalar
        }
        let drawn = Tensor.oneHot([0, 0], classes: 3)
        for (key, measure) in [
            (PhaseKey.generatorMain, Measure.generatorLoss), (.discriminatorMain, .discriminatorLoss),
        ] {
            let found = try fixture.loss(key).measurements[measure]
            #expect(abs(found - expected(key, fixture.labels)) < 1e-5 * found, "\(key)")
            #expect(abs(found - expected(key, drawn)) > 1e-4 * found, "\(key)")
        }
    }

    /// What ADA counts: how often the real image of a pair has the higher score, wherever both stand.
    @Test func theSignIsThatOfAPair() throws {
        let fixture = try Fixture()
        let fake = fixture.score(fixture.fake(.discriminatorMain, labels: fixture.labels).image, fixture.labels).array
        let real = fixture.score(fixture.real.images, fixture.labels).array
        func meanSign(_ values: [Float]) -> Float {
            values.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }.reduce(0, +) / Float(values.count)
        }
        let sign = try fixture.loss(.discriminatorMain).measurements[.realSign]
        #expect(sign == meanSign(zip(real, fake).map { $0 - $1 }))
        #expect(sign != meanSign(real), "the scores \(real) and \(fake) tell nothing")
    }

    /// Of a generator's phase nothing but its own network learns, from real scores that are constants.
    @Test func theGeneratorsGradientIsThatOfItsLoss() throws {
        let fixture = try Fixture(["loss.r1_gamma=0"])
        let result = try fixture.loss(.generatorMain).result()
        let g = fixture.networks.g
        let name = "synthesis.b8.conv1.weight"
        let entries = g.selection(fixture.networks.generator.activeParameters).entries
        let place = try #require(entries.firstIndex { $0.name == name })
        let entry = entries[place]
        let gradient = try #require(result.gradients[place]).array.map { $0 * entry.declaration.scale }
        let length = Float(innerProduct(gradient, gradient).squareRoot())
        #expect(length > 1e-4)
        let view = g.view(entry)
        let values = view.array
        func loss(_ offset: Float) throws -> Float {
            Elementwise.copy(BufferView(zip(values, gradient).map { $0 + offset * $1 / length }), into: view)
            g.didChange()
            return try fixture.loss(.generatorMain).measurements[.generatorLoss]
        }
        let step: Float = 0x1p-4
        let slope = try (loss(step) - loss(-step)) / (2 * step)
        #expect(abs(slope - length) < 0.05 * length, "\(slope), expected \(length)")
    }

    /// R1 and R2 within the main phase, from the scores that are judged, add what they add in phases of their own.
    @Test func penaltiesInTheMainPhaseAreThoseOfTheirOwn() throws {
        let fixture = try Fixture(["loss.r1_interval=1", "loss.r1_gamma=5", "loss.r2_gamma=3"])
        #expect(fixture.recipe.phases(at: fixture.configuration.grown).map(\.key.name) == ["gmain", "greg", "dmain"])
        let whole = try fixture.loss(.discriminatorMain).result()
        let plain = try Fixture(["loss.r1_gamma=0"]).loss(.discriminatorMain).result()
        let game = AdversarialGame(fixture.networks, judging: .pairs(RelativisticLoss()))
        let r1 = game.r1(gamma: 5, real: fixture.real, interval: 1).result()
        let fake = fixture.fake(.discriminatorMain, labels: fixture.labels)
        let r2 = game.r2(gamma: 3, fake: fake, labels: fixture.labels, interval: 1).result()
        let (a, b, c) = (fixture.flat(plain), fixture.flat(r1), fixture.flat(r2))
        let sum = a.indices.map { a[$0] + b[$0] + c[$0] }
        #expect(relativeError(fixture.flat(whole), sum) < 3e-5)
        // Each is a part that counts.
        for part in [a, b, c] { #expect(innerProduct(part, part) > 1e-7 * innerProduct(sum, sum)) }
        let (found, of) = (whole.measurements, plain.measurements)
        #expect(abs(found[.r1Penalty] - r1.measurements[.r1Penalty]) <= 1e-5 * found[.r1Penalty])
        #expect(abs(found[.r2Penalty] - r2.measurements[.r2Penalty]) <= 1e-5 * found[.r2Penalty])
        #expect(found[.r1Penalty] > 0 && found[.r2Penalty] > 0 && found[.r1Penalty] != found[.r2Penalty])
        // The adversarial loss is told without them.
        #expect(abs(found[.discriminatorLoss] - of[.discriminatorLoss]) < 1e-5)
    }

    /// Lazily they are a phase, whose weight makes up for the main phases in between.
    @Test func lazilyTheyAreAPhase() throws {
        let fixture = try Fixture(["loss.r1_interval=4", "loss.r1_gamma=5", "loss.r2_gamma=3", "loss.d_steps=2"])
        let phase = try fixture.phase(.discriminatorRegularization)
        #expect(phase.interval == 4 && phase.measures.map(\.name).prefix(2) == ["r1_penalty", "r2_penalty"])
        let found = try fixture.loss(.discriminatorRegularization).result()
        let game = AdversarialGame(fixture.networks, judging: .pairs(RelativisticLoss()))
        let r1 = fixture.flat(game.r1(gamma: 5, real: fixture.real, interval: 8).result())
        let fake = fixture.fake(.discriminatorRegularization, labels: fixture.labels)
        let r2 = fixture.flat(game.r2(gamma: 3, fake: fake, labels: fixture.labels, interval: 8).result())
        #expect(relativeError(fixture.flat(found), zip(r1, r2).map { $0 + $1 }) < 1e-5)
        // One alone is as well.
        let only = try Fixture(["loss.r1_interval=4", "loss.r1_gamma=0", "loss.r2_gamma=3", "loss.d_steps=2"])
        let last = only.flat(try only.loss(.discriminatorRegularization).result())
        #expect(relativeError(last, r2) < 1e-5)
    }

    /// Adam is corrected for a phase of penalties, and for nothing that is a part of the main phase.
    @Test func adamIsCorrectedForAPhaseOfPenalties() throws {
        func rate(_ more: [String]) throws -> Double {
            let fixture = try Fixture(["optimizer.d_lr=0.001"] + more)
            return fixture.recipe.optimizer(of: .discriminator, at: fixture.configuration.grown.stage).learningRate
        }
        #expect(try rate(["loss.r1_interval=1"]) == 0.001)
        #expect(try abs(rate(["loss.r1_interval=4"]) - 0.0008) < 1e-15)
        #expect(try abs(rate(["loss.r1_interval=4", "loss.d_steps=2"]) - 0.001 * 8 / 9) < 1e-15)
        // Of other losses one of every step was always a phase.
        #expect(try abs(rate(["loss.kind=logistic", "loss.r1_interval=1"]) - 0.0005) < 1e-15)
        #expect(try rate(["loss.kind=hinge", "loss.r1_interval=4"]) == 0.001)
        #expect(try abs(rate(["loss.kind=hinge", "loss.r2_gamma=1", "loss.r1_interval=4"]) - 0.0008) < 1e-15)
    }
}
