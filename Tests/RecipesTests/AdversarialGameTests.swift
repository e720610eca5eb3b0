import Cluster
import Configuration
import Autodiff
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// The losses of the progressive GAN at a level that fades in, with labels.
@Suite struct AdversarialGameTests {
    private static let level = GrowthLevel(resolution: 8, fade: 0.375)
    private static let samples = 0..<4
    private let ggdrLoss = Measure("loss/ggdr")

    /// Networks of up to 8 channels at 16², whose weights have left their initial values.
    private struct Fixture {
        let networks: Networks
        let inputs: PhaseInputs
        let real: Tensor
        let labels: Tensor
        let mix: Tensor
        let level: GrowthLevel

        init(_ more: [String] = [], level: GrowthLevel = AdversarialGameTests.level) throws {
            let configuration = try Small.configuration(
                Small.growing + Small.progressive + [
                    "data.labels=true", "model.channel_max=8", "model.channel_base=64", "ggdr.resolution=8",
                ] + more)
            networks = Recipes.make(configuration).networks
            networks.initialize(seed: 5)
            inputs = PhaseInputs(
                randomizer: Randomizer(seed: 5), styleMixing: 0,
                datasetLabels: configuration.labelDimension > 0 ? Small.datasetLabels : nil)
            let side = level.resolution
            real = Randomizer(seed: 6).normals(
                .sheet, step: 0, samples: AdversarialGameTests.samples, shape: [side, side, 3])
            labels = Tensor.oneHot([0, 2, 1, 2], classes: 3)
            mix = inputs.interpolation(step: 0, stream: 2, samples: AdversarialGameTests.samples)
            self.level = level
        }

        func game(ggdrWeight: Float = 10, gpWeight: Float = 10, classWeight: Float = 1) -> AdversarialGame {
            // A drift that shows.
            var game = AdversarialGame(networks, WassersteinLoss(drift: 0.1), at: level)
            game.gradientPenalty = gpWeight > 0 ? GradientPenalty(weight: gpWeight, target: 1) : nil
            game.classWeight = classWeight
            if let decoder = game.discriminator.decoder { game.onFakes = [GGDR(decoder, weight: ggdrWeight)] }
            return game
        }

        func input(_ phase: PhaseKey) -> GeneratorInput {
            inputs.generatorInput(
                level.of(networks.generator), step: 0, phase: phase, stream: Small.stream(of: phase),
                samples: AdversarialGameTests.samples)
        }

        func generator(_ game: AdversarialGame) -> PhaseResult {
            game.generatorMain(input(.generatorMain)).result()
        }

        func discriminator(_ game: AdversarialGame) -> PhaseResult {
            game.discriminatorMain(input(.discriminatorMain), real: RealSamples(images: real, labels: labels), mix: mix)
                .result()
        }

        /// Gradients of the stored values, before their run-time scale, by the names of those that take part.
        func named(_ result: PhaseResult, _ parameters: Parameters, _ active: Set<String>) -> [String: [Float]] {
            let entries = parameters.selection(active).entries
            precondition(entries.count == result.gradients.count)
            return Dictionary(
                uniqueKeysWithValues: zip(entries, result.gradients).map { entry, gradient in
                    (
                        entry.name,
                        gradient?.array.map { $0 * entry.declaration.scale }
                            ?? [Float](repeating: 0, count: entry.count)
                    )
                })
        }

        func discriminatorGradients(_ game: AdversarialGame) -> [String: [Float]] {
            named(discriminator(game), networks.d, level.of(networks.discriminator).activeParameters)
        }

        func generatorGradients(_ game: AdversarialGame) -> [String: [Float]] {
            named(generator(game), networks.g, level.of(networks.generator).activeParameters)
        }
    }

    /// The slope of `loss` as the parameter moves along `direction`, of length 1.
    private func slope(
        _ parameters: Parameters, _ name: String, _ direction: [Float], step: Float = 0x1p-8, _ loss: () -> Float
    ) throws -> Float {
        let view = parameters.view(try #require(parameters.entry(named: name)))
        let values = view.array
        func at(_ offset: Float) -> Float {
            Elementwise.copy(BufferView(zip(values, direction).map { $0 + offset * $1 }), into: view)
            parameters.didChange()
            return loss()
        }
        let slope = (at(step) - at(-step)) / (2 * step)
        Elementwise.copy(BufferView(values), into: view)
        parameters.didChange()
        return slope
    }

    private func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// The loss is D(fake) − D(real) + drift + class losses + 10·GGDR, by what was measured of each.
    @Test(arguments: [
        "FromRGB_lod1/weight", "FromRGB_lod2/bias", "8x8/Conv0/weight", "8x8/Conv1_down/bias", "4x4/Conv/weight",
        "4x4/Dense1/weight", "b8_dec.weight",
    ])
    func discriminatorsGradientIsThatOfItsLoss(_ name: String) throws {
        let fixture = try Fixture()
        let game = fixture.game(gpWeight: 0)
        func loss() -> Float {
            let m = fixture.discriminator(game).measurements
            return m[.discriminatorFakeLoss] + m[.discriminatorRealLoss] + m[.discriminatorClassLoss] + 10 * m[ggdrLoss]
        }
        let gradient = try #require(fixture.discriminatorGradients(game)[name])
        let length = norm(gradient)
        #expect(length > 1e-3)
        let found = try slope(fixture.networks.d, name, gradient.map { $0 / length }, loss)
        #expect(abs(found - length) < 0.02 * length, "\(found), expected \(length)")
    }

    /// What the penalty adds to the gradient, along the weights themselves: as biases are 0 at first, longer weights
    /// flip no unit's sign, at which the penalty jumps.
    @Test(arguments: ["FromRGB_lod1/weight", "8x8/Conv0/weight", "8x8/Conv1_down/weight", "4x4/Dense1/weight"])
    func thePenaltyIsPartOfTheGradient(_ name: String) throws {
        let fixture = try Fixture()
        let (with, without) = (fixture.game(), fixture.game(gpWeight: 0))
        let gradient = zip(
            try #require(fixture.discriminatorGradients(with)[name]),
            try #require(fixture.discriminatorGradients(without)[name])
        ).map { $0 - $1 }
        let weights = fixture.networks.d.view(try #require(fixture.networks.d.entry(named: name))).array
        let direction = weights.map { $0 / norm(weights) }
        let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(expected) > 0.02)
        let found = try slope(fixture.networks.d, name, direction, step: 0x1p-10 * norm(weights)) {
            fixture.discriminator(with).measurements[.gradientPenalty]
        }
        #expect(abs(found - expected) < 0.03 * abs(expected), "\(found), expected \(expected)")
    }

    @Test func withoutItsWeightThereIsNoPenalty() throws {
        let fixture = try Fixture()
        let m = fixture.discriminator(fixture.game()).measurements
        let none = fixture.discriminator(fixture.game(gpWeight: 0)).measurements
        #expect(m[.gradientPenalty] > 0 && none[.gradientPenalty] == 0)
        // What costs the most is not even computed.
        #expect(m[.gradientNorm] > 0 && none[.gradientNorm] == 0)
    }

    @Test(arguments: [
        "4x4/Dense/weight", "4x4/Conv/bias", "8x8/Conv0_up/weight", "ToRGB_lod1/weight", "ToRGB_lod2/bias",
    ])
    func generatorsGradientIsThatOfItsLoss(_ name: String) throws {
        let fixture = try Fixture()
        let game = fixture.game()
        func loss() -> Float {
            let m = fixture.generator(game).measurements
            return m[.generatorLoss] + m[.generatorClassLoss]
        }
        let gradient = try #require(fixture.generatorGradients(game)[name])
        let length = norm(gradient)
        #expect(length > 1e-3)
        let found = try slope(fixture.networks.g, name, gradient.map { $0 / length }, loss)
        #expect(abs(found - length) < 0.02 * length, "\(found), expected \(length)")
    }

    @Test func classLossesReachBothNetworks() throws {
        let fixture = try Fixture(["ggdr.enabled=false"])
        let (with, without) = (fixture.game(), fixture.game(classWeight: 0))
        let (d, plainD) = (fixture.discriminatorGradients(with), fixture.discriminatorGradients(without))
        let (g, plainG) = (fixture.generatorGradients(with), fixture.generatorGradients(without))
        // The classifier's own row of scores, and what lies before it in either network.
        let bias = try #require(d["4x4/Dense1/bias"])
        #expect(bias.count == 4 && bias[1...].allSatisfy { $0 != 0 })
        #expect(try #require(plainD["4x4/Dense1/bias"])[1...].allSatisfy { $0 == 0 })
        for (a, b) in [(d, plainD), (g, plainG)] {
            for name in ["4x4/Conv/weight"] {
                #expect(relativeError(try #require(a[name]), try #require(b[name])) > 0.01, "\(name)")
            }
        }
        // Reals and fakes: six cross-entropies of three classes, each near log 3 at first.
        let (real, fake) = (
            fixture.generator(with).measurements[.generatorClassLoss],
            fixture.discriminator(with).measurements[.discriminatorClassLoss]
        )
        #expect(real > 0 && fake > real, "\(real), \(fake)")
        // Measured whatever the weight.
        #expect(fixture.generator(without).measurements[.generatorClassLoss] == real)
    }

    @Test func withoutLabelsThereAreNone() throws {
        let fixture = try Fixture(["data.labels=false"])
        #expect(fixture.generator(fixture.game()).measurements[.generatorClassLoss] == 0)
        #expect(fixture.discriminator(fixture.game()).measurements[.discriminatorClassLoss] == 0)
    }

    /// No gradient of GGDR reaches the generator, and below its resolution it has none for the discriminator.
    @Test(arguments: [
        GrowthLevel(resolution: 4), GrowthLevel(resolution: 8), level, GrowthLevel(resolution: 16, fade: 0.5),
    ])
    func guidanceMovesTheDiscriminatorAlone(_ level: GrowthLevel) throws {
        let fixture = try Fixture(level: level)
        let (with, without) = (fixture.game(), fixture.game(ggdrWeight: 0))
        #expect(fixture.generatorGradients(with) == fixture.generatorGradients(without))
        let (d, plain) = (fixture.discriminatorGradients(with), fixture.discriminatorGradients(without))
        let measured = fixture.discriminator(with).measurements[ggdrLoss]
        guard level.resolution >= 8 else {
            #expect(d == plain && d["b8_dec.weight"] == nil && measured == 0)
            return
        }
        #expect(measured > 0)
        #expect(try #require(d["b8_dec.weight"]).contains { $0 != 0 })
        #expect(try #require(plain["b8_dec.weight"]).allSatisfy { $0 == 0 })
        // The decoder reads the encoder's maps at 4²: what makes them moves, what reads them does not.
        #expect(d["8x8/Conv0/weight"] != plain["8x8/Conv0/weight"])
        #expect(d["4x4/Conv/weight"] == plain["4x4/Conv/weight"])
    }
}
