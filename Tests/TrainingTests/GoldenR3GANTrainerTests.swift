import Autodiff
import Cluster
import Configuration
import GoldenTesting
import Layers
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// Replays phases and the short run of `r3gan_*.h5` through the engine itself: its pairs, penalties, schedules, optimisers
/// and average.
@Suite struct GoldenR3GANTrainerTests {
    /// Relative errors allowed between two float32 implementations.
    static let firstOrder = 1e-4
    static let secondOrder = 1e-3
    static let trace = 1e-2

    static let files = GoldenFile.all(prefix: "r3gan_")
    /// Microbatches of the batch.
    static let parts = [1, 2]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, parts) func gradients(_ file: GoldenFile, parts: Int) throws {
        for (phase, group, tolerance) in [
            (PhaseKey.generatorMain, "gradient/G", Self.firstOrder),
            (PhaseKey.discriminatorMain, "gradient/D", Self.secondOrder),
        ] {
            let golden = try file.open()
            let first = try R3GANEngine(file, parts: parts, isRun: false)
            let learner = first.engine.networks.parameters(of: Small.learner(of: phase))
            let expected = try golden.torchGradients(group, of: learner)
            try golden.expect(expected, "\(group) in \(parts)", .direct, tolerance: tolerance) { disturbance in
                let replay = try R3GANEngine(file, parts: parts, isRun: false)
                disturbance?.apply(to: replay.engine.networks.g, replay.engine.networks.d)
                return try replay.gradients(of: phase)
            }
        }
    }

    /// Four of the authors' steps: rates, penalties and average go where they are scheduled to.
    @Test(arguments: files, parts) func shortRun(_ file: GoldenFile, parts: Int) throws {
        let golden = try file.open()
        let replay = try R3GANEngine(file, parts: parts, isRun: true)
        let engine = replay.engine
        let (traceShape, trace) = try golden.file.floats("run/trace")
        for step in 0..<traceShape[0] {
            let scheduled = replay.scheduled()
            try replay.step(step)
            let expected = trace[step * traceShape[1]..<(step + 1) * traceShape[1]]
            for (column, (a, b)) in zip(scheduled + (try replay.trace()), expected).enumerated() {
                #expect(
                    abs(a - b) <= Float(Self.trace) * max(abs(b), 0.1), "step \(step), column \(column): \(a), \(b)")
            }
            // Nothing is rounded that a schedule says.
            for (a, b) in zip(scheduled, expected) { #expect(abs(a - b) <= 1e-5 * abs(b), "step \(step): \(a), \(b)") }
        }
        let networks = engine.networks
        for (group, parameters) in [
            ("run/final/G", networks.g), ("run/final/D", networks.d), ("run/final/G_ema", networks.average),
        ] {
            for entry in parameters.trained {
                let found = parameters.view(entry).array
                let error = relativeError(found, try golden.torchValues(of: entry, group))
                #expect(error <= Self.trace, "\(group)/\(entry.name): \(error)")
            }
        }
    }
}

/// An engine with a file's networks, weights and inputs.
private struct R3GANEngine {
    let engine: StepEngine
    private let r3gan: GoldenR3GAN
    private let parts: Int
    private let batch: Int

    /// - Parameter isRun: with the run's own inputs of each step and phase, instead of those that phases alone start from.
    init(_ file: GoldenFile, parts: Int, isRun: Bool) throws {
        r3gan = try GoldenR3GAN(file)
        let golden = r3gan.golden
        self.parts = parts
        batch = try golden.integer("batch")
        try #require(batch % parts == 0)
        let (classes, gamma) = (r3gan.shape.labelDim, Double(try golden.number("gamma")))
        let (steps, kimg) = (try golden.integer("steps"), Double(try golden.integer("steps") * batch) / 1000)
        // The note of the file says which schedules the run has; phases alone have γ as it is.
        let schedules =
            isRun
            ? [
                "optimizer.g_lr=0.002", "optimizer.d_lr=0.002", "schedule.g_lr=0.0005", "schedule.d_lr=0.0005",
                "loss.r1_gamma=\(2 * gamma)", "schedule.r1_gamma=\(gamma)", "ema.half_life_kimg=0",
                "schedule.ema_half_life_kimg=\(2 * kimg)", "ema.ramp=none", "kimg=\(kimg)",
            ] : ["loss.r1_gamma=\(gamma)"]
        let configuration = try Configuration.load(
            overrides: [
                "preset=r3gan-small", "batch=\(batch)", "microbatch=\(batch / parts)", "data.labels=\(classes > 0)",
            ] + schedules
        ).resolve(
            resolution: r3gan.shape.grid.resolution, channels: r3gan.shape.imageChannels, classes: classes, ranks: 1,
            coresPerRank: 1)
        let first = try golden.tensor("input/z")
        let phases: [PhaseKey] = [.discriminatorMain, .generatorMain]
        let z = try (0..<(isRun ? steps : 0)).map { step in
            try phases.indices.map { try golden.tensor("run/z", at: [step, $0]) }
        }
        engine = StepEngine(
            R3GAN(configuration, (r3gan.generator, r3gan.discriminator)), configuration,
            communicator: LoopbackCommunicator(),
            inputs: Inputs { step, phase in isRun ? z[step][phase == .discriminatorMain ? 0 : 1] : first })
        engine.networks.g.copy(from: r3gan.g)
        engine.networks.d.copy(from: r3gan.d)
        engine.networks.average.copy(from: r3gan.g)
    }

    private func split(_ tensor: Tensor) -> [Tensor] { tensor.microbatches(parts) }

    /// Of a phase that is run alone, by parameter: with β₁ = 0 they are the first moments. Both phases have the same reals.
    func gradients(of phase: PhaseKey) throws -> [String: [Float]] {
        let real = split(try r3gan.golden.tensor("input/real"))
        let labels = try r3gan.labels("input/c").map(split)
        _ = try engine.run(
            phases: [phase], real: RealBatch(images: real + real, labels: labels.map { $0 + $0 }))
        let learner = Small.learner(of: phase)
        let moments = engine.firstMoments(of: learner)
        return Dictionary(
            uniqueKeysWithValues: engine.networks.parameters(of: learner).trained.map { entry in
                (entry.name, moments.slice(entry.offset, entry.count).array)
            })
    }

    /// A whole step: each phase has a batch of its own, the discriminator's comes first.
    func step(_ step: Int) throws {
        let golden = r3gan.golden
        let real = try (0..<2).flatMap { split(try golden.tensor("run/real", at: [step, $0])) }
        let labels = try (0..<2).compactMap { try r3gan.labels("run/c", at: [step, $0]).map(split) }.flatMap { $0 }
        _ = try engine.run(
            phases: engine.schedule.phases(ofStep: step),
            real: RealBatch(images: real, labels: labels.isEmpty ? nil : labels))
    }

    /// Learning rate, β₂, γ and the average's half-life in images of the step that comes.
    func scheduled() -> [Float] {
        let configuration = engine.configuration
        let stage = configuration.scheduled(configuration.grown.stage, imagesShown: engine.imagesShown)
        #expect(stage.gLR == stage.dLR && stage.r1Gamma == stage.r2Gamma)
        return [stage.gLR, stage.beta2, stage.r1Gamma, 1000 * stage.emaHalfLifeKimg].map { Float($0) }
    }

    /// Mean fake and real score, mean and deviation of the generator's images and of the averaged one's.
    func trace() throws -> [Float] {
        let (networks, golden) = (engine.networks, r3gan.golden)
        let labels = try r3gan.labels("input/c")
        let input = GeneratorInput(z: try golden.tensor("input/z"), labels: labels, noise: .none)
        func made(_ parameters: Parameters) -> Tensor {
            networks.generator(input, parameters.weights(differentiable: false)).image
        }
        func score(_ image: Tensor) -> Float {
            networks.discriminator(image, labels: labels, networks.d.weights(differentiable: false)).logits.mean()
                .scalar
        }
        func moments(_ image: Tensor) -> [Float] {
            let pixels = image.array
            let mean = pixels.reduce(0, +) / Float(pixels.count)
            let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(pixels.count - 1)
            return [mean, variance.squareRoot()]
        }
        let fake = made(networks.g)
        return [score(fake), score(try golden.tensor("input/real"))] + moments(fake) + moments(made(networks.average))
    }

    private struct Inputs: StepInputs {
        /// Of a step's phase, for the whole batch.
        let z: (_ step: Int, _ phase: PhaseKey) -> Tensor

        func generatorInput(
            _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
        ) -> GeneratorInput {
            let z = z(step, phase).slice(axis: 0, start: samples.lowerBound, length: samples.count)
            return GeneratorInput(z: z, labels: nil, noise: .none)
        }

        func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no path length")
        }

        func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
            preconditionFailure("it has no gradient penalty between images")
        }
    }
}
