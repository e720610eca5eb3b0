import Foundation
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

@Suite struct OptimizerTests {
    @Test(arguments: [4, 16, 1]) func lazySettingsFollowTheFormulas(_ interval: Int) {
        let plain = Adam.Settings(learningRate: 0.0025, beta1: 0.5, beta2: 0.99, epsilon: 1e-8)
        let lazy = plain.lazy(interval: interval)
        let ratio = Double(interval) / Double(interval + 1)
        #expect(abs(lazy.learningRate - 0.0025 * ratio) < 1e-15)
        #expect(abs(lazy.beta1 - pow(0.5, ratio)) < 1e-15)
        #expect(abs(lazy.beta2 - pow(0.99, ratio)) < 1e-15)
        #expect(lazy.epsilon == 1e-8)
    }

    @Test func aBetaOfZeroStaysZero() {
        let plain = Adam.Settings(learningRate: 0.0025, beta1: 0, beta2: 0.99, epsilon: 1e-8)
        #expect(plain.lazy(interval: 4).beta1 == 0)
    }

    @Test func theRecipeCorrectsEachNetworkByItsOwnInterval() throws {
        let engine = try Small.engine(["loss.pl_interval=4", "loss.r1_interval=16", "optimizer.g_lr=0.001"])
        func settings(_ engine: StepEngine, _ learner: Learner) -> Adam.Settings {
            engine.recipe.optimizer(of: learner, at: engine.configuration.grown.stage)
        }
        #expect(abs(settings(engine, .generator).learningRate - 0.0008) < 1e-15)
        #expect(abs(settings(engine, .discriminator).learningRate - 0.0025 * 16 / 17) < 1e-15)
        // As in the reference, also where a regularisation has no weight.
        let plain = try Small.engine([
            "loss.pl_weight=0", "loss.r1_gamma=0", "loss.pl_interval=4", "loss.r1_interval=16",
        ])
        #expect(settings(plain, .generator) == corrected(rate: 0.0025, interval: 4))
        #expect(settings(plain, .discriminator) == corrected(rate: 0.0025, interval: 16))
    }

    private func corrected(rate: Double, interval: Int) -> Adam.Settings {
        Adam.Settings(learningRate: rate, beta1: 0, beta2: 0.99, epsilon: 1e-8).lazy(interval: interval)
    }

    @Test func adamMovesAsWrittenInThePaper() {
        let parameters = Parameters([ParameterDeclaration("p", .plain([3]), initial: .constant(1))])
        parameters.initialize(seed: 0, network: 0)
        let adam = Adam(.init(learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8), count: 3)
        var (p, m, v) = ([1.0, 1, 1], [0.0, 0, 0], [0.0, 0, 0])
        for t in 1...5 {
            let gradients = [0.5 * Double(t), -2, 0]
            adam.step(parameters, gradients: BufferView(gradients.map { Float(2 * $0) }), gradientScale: 0.5, number: t)
            for i in 0..<3 {
                m[i] = 0.9 * m[i] + 0.1 * gradients[i]
                v[i] = 0.99 * v[i] + 0.01 * gradients[i] * gradients[i]
                let (a, b) = (m[i] / (1 - pow(0.9, Double(t))), v[i] / (1 - pow(0.99, Double(t))))
                p[i] -= 0.1 * a / (b.squareRoot() + 1e-8)
            }
        }
        #expect(relativeError(parameters.values.array, p.map { Float($0) }) < 1e-6)
        #expect(relativeError(adam.secondMoments.array, v.map { Float($0) }) < 1e-6)
    }

    @Test func decayHalvesAfterTheHalfLife() {
        let average = ExponentialMovingAverage(halfLifeImages: 320, ramp: nil)
        #expect(abs(average.decay(imagesShown: 0, batch: 320) - 0.5) < 1e-7)
        #expect(abs(Double(average.decay(imagesShown: 10_000, batch: 32)) - pow(0.5, 0.1)) < 1e-7)
    }

    @Test func rampShortensTheHalfLifeAtFirst() {
        let average = ExponentialMovingAverage(halfLifeImages: 10_000, ramp: 0.05)
        #expect(average.decay(imagesShown: 0, batch: 32) == 0)
        #expect(abs(average.decay(imagesShown: 640, batch: 32) - 0.5) < 1e-7)
        let plain = ExponentialMovingAverage(halfLifeImages: 10_000, ramp: nil)
        #expect(average.decay(imagesShown: 200_000, batch: 32) == plain.decay(imagesShown: 0, batch: 32))
        #expect(average.decay(imagesShown: 100_000, batch: 32) < plain.decay(imagesShown: 0, batch: 32))
    }

    @Test func averageTracksParametersAndCopiesState() throws {
        let networks = Recipes.make(try Small.configuration()).networks
        networks.initialize(seed: 3)
        let (old, target) = (networks.average.values.array, networks.g)
        Elementwise.fill(target.values, with: 2)
        Elementwise.fill(target.state, with: 7)
        ExponentialMovingAverage(halfLifeImages: 32, ramp: nil).update(
            networks.average, from: target, imagesShown: 0, batch: 64)
        #expect(relativeError(networks.average.values.array, old.map { 2 + ($0 - 2) * 0.25 }) < 1e-6)
        #expect(networks.average.state.array.allSatisfy { $0 == 7 })
    }

    @Test func wAverageMovesByFiveThousandths() throws {
        let generator = Recipes.make(try Small.configuration()).networks.g
        let entry = try #require(generator.entry(named: StyleGAN2Generator.wAverage))
        let mean = (0..<16).map { Float($0) }
        #expect(generator.follow(mean) == nil)
        #expect(relativeError(generator.view(entry).array, mean.map { $0 * 0.005 }) < 1e-4)
        #expect(generator.follow(mean) == nil)
        #expect(relativeError(generator.view(entry).array, mean.map { $0 * (0.005 + 0.995 * 0.005) }) < 1e-4)
    }

    @Test func firstStepCopiesTheGeneratorIntoTheAverage() throws {
        let engine = try Small.engine()
        try Small.run(engine, steps: 1)
        // With a ramp and no images shown yet the half-life is zero.
        #expect(engine.networks.average.values.array == engine.networks.g.values.array)
        try Small.run(engine, steps: 1)
        #expect(engine.networks.average.values.array != engine.networks.g.values.array)
    }
}
