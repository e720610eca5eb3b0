import Autodiff
import Cluster
import Configuration
import Foundation
import GoldenTesting
import Layers
import Learning
import Models
import NumericalTesting
import Recipes
import SmallRuns
import Testing
import Training

/// Replays phases and short runs of golden files through the engine itself: its schedule, sums, optimisers and averages.
@Suite struct GoldenTrainerTests {
    /// Relative errors allowed between two float32 implementations.
    static let firstOrder = 1e-4
    static let secondOrder = 1e-3
    static let trace = 1e-2

    static let styleGAN2 = GoldenFile.all(prefix: "stylegan2_ggdr_")
    static let progressive = GoldenFile.all(prefix: "pggan_")

    @Test(arguments: styleGAN2, GoldenMode.allCases)
    func phasesOfStyleGAN2(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        let gradients: [(PhaseKey, String, Double)] = [
            (.generatorMain, "gradient/Gmain", Self.firstOrder),
            (.generatorRegularization, "gradient/Greg", Self.secondOrder),
            (.discriminatorMain, "gradient/Dmain", Self.firstOrder),
            (.discriminatorRegularization, "gradient/Dreg", Self.secondOrder),
        ]
        for (phase, group, tolerance) in gradients {
            let parameters = try StyleGAN2Replay(golden, isRun: false).engine.parameters(phase)
            let expected = try parameters.trained.map { ($0.name, try golden.values("\(group)/\($0.name)")) }
            try golden.expect(
                Dictionary(uniqueKeysWithValues: expected), group, mode, tolerance: tolerance
            ) { disturbance in
                let engine = try StyleGAN2Replay(golden, isRun: false).engine
                disturbance?.apply(to: engine.networks.g, engine.networks.d)
                _ = try engine.run(phases: [phase], real: try golden.reals("input/real", labels: "input/c"))
                // The file's are not multiplied by the interval, a power of two.
                let interval = engine.schedule.interval(of: phase)
                let scale = 1 / Float(try #require(interval))
                return engine.gradients(phase) { entry, values in
                    entry.declaration.layout.toReference(values).map { $0 * scale }
                }
            }
        }
    }

    @Test(arguments: styleGAN2, GoldenMode.allCases)
    func shortRunOfStyleGAN2(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        let replay = try StyleGAN2Replay(golden, isRun: true)
        let engine = replay.engine
        let (traceShape, trace) = try golden.file.floats("run/trace")
        try mode.run {
            for step in 0..<(try golden.integer("steps")) {
                _ = try engine.run(
                    phases: engine.schedule.phases(ofStep: step),
                    real: try golden.reals("run/real", at: [step], labels: "input/c"))
                let expected = trace[step * traceShape[1]..<(step + 1) * traceShape[1]]
                for (column, (a, b)) in zip(try replay.trace(), expected).enumerated() {
                    #expect(
                        abs(a - b) <= Float(Self.trace) * max(abs(b), 0.1), "step \(step), column \(column): \(a), \(b)"
                    )
                }
            }
        }
        let networks = engine.networks
        for (group, parameters) in [
            ("run/final/G", networks.g), ("run/final/D", networks.d), ("run/final/G_ema", networks.average),
        ] {
            for entry in parameters.trained + parameters.untrained {
                let found = entry.declaration.layout.toReference(parameters.view(entry).array)
                let error = relativeError(found, try golden.values("\(group)/\(entry.name)"))
                #expect(error <= Self.trace, "\(group)/\(entry.name): \(error)")
            }
        }
    }

    @Test(arguments: progressive, GoldenMode.allCases)
    func phasesOfTheProgressiveGAN(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        for lod in try golden.levels() {
            for (phase, group, tolerance) in [
                (PhaseKey.generatorMain, "gradient/G", Self.firstOrder),
                (PhaseKey.discriminatorMain, "gradient/D", Self.secondOrder),
            ] {
                let path = lod.path(group)
                let learner = try progressiveEngine(golden).parameters(phase)
                let stated = try golden.file.datasetPaths(under: path).map { $0.dropFirst(path.count + 1) }
                let active = learner.trained.filter { stated.contains($0.name[...]) }
                let idle = learner.trained.filter { !stated.contains($0.name[...]) }
                #expect(active.count == stated.count, "\(path)")
                let expected = try active.map { ($0.name, try golden.progressiveValues(of: $0, path)) }
                // The score's own bias has the gradient 1 − 1 + 2·ε_drift·D(real): nobody's is better than a few of
                // the terms' last bits, 2⁻²⁴ for each.
                let bias = "4x4/Dense1/bias"
                var floors: [String: Double] = [:]
                if phase == .discriminatorMain, let values = expected.first(where: { $0.0 == bias })?.1 {
                    floors[bias] = 0x1p-21 / relativeError(values, [Float](repeating: 0, count: values.count))
                }
                try golden.expect(
                    Dictionary(uniqueKeysWithValues: expected), path, mode, tolerance: tolerance, floors: floors
                ) { disturbance in
                    let engine = try progressiveEngine(golden)
                    disturbance?.apply(to: engine.networks.g, engine.networks.d)
                    let setting = StepSetting(
                        stage: engine.configuration.stage(at: lod.level.resolution), fade: lod.level.fade)
                    let real = RealBatch(
                        images: [try golden.real(lod)], labels: try golden.labels("input/labels").map { [$0] })
                    _ = try engine.run(phases: [phase], at: setting, real: real)
                    var gradients = engine.gradients(phase) { $1 }
                    for entry in idle {
                        let values = gradients.removeValue(forKey: entry.name)
                        #expect(values?.allSatisfy { $0 == 0 } == true, "\(path)/\(entry.name) takes no part")
                    }
                    return gradients
                }
            }
        }
    }

    private func progressiveEngine(_ golden: GoldenArrays) throws -> StepEngine {
        let (labels, batch) = (try golden.integer("labels"), try golden.integer("batch"))
        let z = try golden.tensor("input/z")
        let configuration = try Configuration.load(overrides: [
            "preset=quick-pggan", "ggdr.enabled=false", "growing.minibatch=", "growing.learning_rate=",
            "batch=\(batch)", "microbatch=\(batch)", "model.channel_base=\(2 * (try golden.integer("base")))",
            "model.channel_max=\(try golden.integer("fmax"))", "model.z_dim=\(z.shape[1])", "model.mbstd_group=4",
            "loss.kind=wgan-gp", "loss.gp_weight=10", "loss.gp_target=1", "loss.drift=0.001", "loss.class_weight=0",
            "optimizer.beta1=0",
            "data.labels=\(labels > 0)",
        ]).resolve(
            resolution: try golden.integer("res"), channels: try golden.integer("ch"), classes: labels, ranks: 1,
            coresPerRank: 1)
        let inputs = GoldenInputs(
            z: { _, _ in z }, labels: try golden.labels("input/labels"), noise: .none, pathLengthNoise: nil,
            mix: try golden.tensor("input/mix"))
        let engine = StepEngine(
            Recipes.make(configuration), configuration, communicator: LoopbackCommunicator(), inputs: inputs)
        try golden.loadProgressive("init/G", into: engine.networks.g)
        try golden.loadProgressive("init/D", into: engine.networks.d)
        return engine
    }
}

/// A engine with a file's configuration, weights and inputs: constant noise, no style mixing, one microbatch.
private struct StyleGAN2Replay {
    let golden: GoldenArrays
    let engine: StepEngine

    /// - Parameter isRun: with the run's own z of each step and phase, instead of the one that phases alone start from.
    init(_ golden: GoldenArrays, isRun: Bool) throws {
        self.golden = golden
        let (labels, batch) = (try golden.integer("cdim"), try golden.integer("batch"))
        let (width, rate) = (try golden.integer("w"), try golden.number("lr"))
        let decay = try #require(try golden.file.attribute("ema_beta", on: "run")?.doubleValue)
        let configuration = try Configuration.load(overrides: [
            "preset=quick-reference", "batch=\(batch)", "microbatch=\(batch)", "model.z_dim=\(width)",
            "model.w_dim=\(width)",
            "model.mapping_layers=\(try golden.integer("map"))", "model.channel_base=\(try golden.integer("base"))",
            "model.channel_max=\(try golden.integer("cmax"))", "model.discriminator=\(try golden.text("arch"))",
            "ggdr.resolution=\(try golden.integer("ggdr"))", "loss.r1_gamma=\(try golden.number("gamma"))",
            "loss.style_mixing=0", "optimizer.g_lr=\(rate)", "optimizer.d_lr=\(rate)", "ema.ramp=null",
            "ema.half_life_kimg=\(Double(batch) * log(0.5) / log(decay) / 1000)", "data.labels=\(labels > 0)",
        ]).resolve(
            resolution: try golden.integer("res"), channels: try golden.integer("ch"), classes: labels, ranks: 1,
            coresPerRank: 1)
        let first = try golden.tensor("input/z")
        let steps = try (0..<(isRun ? try golden.integer("steps") : 0)).map { step in
            try Small.phases.map { try golden.tensor("run/z", at: [step, Small.stream(of: $0)]) }
        }
        let inputs = GoldenInputs(
            z: { step, phase in isRun ? steps[step][Small.stream(of: phase)] : first },
            labels: try golden.labels("input/c"),
            noise: .constant, pathLengthNoise: try golden.tensor("input/pl_noise"), mix: nil)
        engine = StepEngine(
            Recipes.make(configuration), configuration, communicator: LoopbackCommunicator(), inputs: inputs)
        try golden.load("init/G", into: engine.networks.g)
        try golden.load("init/D", into: engine.networks.d)
        engine.networks.average.copy(from: engine.networks.g)
    }

    /// Mean fake and real logit, GGDR loss, mean and deviation of the images, mean path length.
    func trace() throws -> [Float] {
        let networks = engine.networks
        let input = GeneratorInput(
            z: try golden.tensor("input/z"), labels: try golden.labels("input/c"), noise: .constant)
        let decoder = try #require(networks.discriminator.decoder)
        var game = AdversarialGame(networks, LogisticLoss())
        game.onFakes = [GGDR(decoder, weight: 10)]
        let result = game.discriminatorMain(
            input, real: RealSamples(images: try golden.tensor("input/real"), labels: input.labels),
            mix: Tensor(0)
        ).result()
        let image = networks.generator(input, networks.g.weights(differentiable: false)).image
        let fake = networks.discriminator(
            image, labels: input.labels, networks.d.weights(differentiable: false)
        ).logits.mean().scalar
        let pixels = image.array
        let mean = pixels.reduce(0, +) / Float(pixels.count)
        let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(pixels.count - 1)
        return [
            fake, result.measurements[.realScore], result.measurements[Measure("loss/ggdr")] * 10, mean,
            variance.squareRoot(), engine.pathMean,
        ]
    }
}

/// What a file says that the phases are fed.
private struct GoldenInputs: StepInputs {
    /// Of a step's phase, for the whole batch.
    let z: (_ step: Int, _ phase: PhaseKey) -> Tensor
    let labels: Tensor?
    let noise: Noise
    let pathLengthNoise: Tensor?
    let mix: Tensor?

    func generatorInput(
        _ generator: any Generator, step: Int, phase: PhaseKey, stream: Int, samples: Range<Int>
    ) -> GeneratorInput {
        GeneratorInput(z: part(z(step, phase), samples), labels: labels.map { part($0, samples) }, noise: noise)
    }

    func imageNoise(_ generator: any Generator, step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        guard let pathLengthNoise else { preconditionFailure("the file has no noise for the path length") }
        return part(pathLengthNoise, samples)
    }

    func interpolation(step: Int, stream: Int, samples: Range<Int>) -> Tensor {
        guard let mix else { preconditionFailure("the file has no mix for the gradient penalty") }
        return part(mix, samples)
    }

    private func part(_ tensor: Tensor, _ samples: Range<Int>) -> Tensor {
        tensor.slice(axis: 0, start: samples.lowerBound, length: samples.count)
    }
}

extension StepEngine {
    fileprivate func parameters(_ phase: PhaseKey) -> Parameters { networks.parameters(of: Small.learner(of: phase)) }

    /// Of a phase that was run alone, by parameter: with β₁ = 0 they are the first moments.
    fileprivate func gradients(
        _ phase: PhaseKey, _ transform: (Parameters.Entry, [Float]) -> [Float]
    ) -> [String: [Float]] {
        let moments = firstMoments(of: Small.learner(of: phase))
        return Dictionary(
            uniqueKeysWithValues: parameters(phase).trained.map { entry in
                (entry.name, transform(entry, moments.slice(entry.offset, entry.count).array))
            })
    }
}

extension GoldenArrays {
    /// One-hot labels, in files that have classes.
    fileprivate func labels(_ path: String) throws -> Tensor? {
        let (shape, values) = try file.floats(path)
        return shape.last == 0 ? nil : Tensor(values, shape: shape)
    }

    fileprivate func reals(_ path: String, at indices: [Int] = [], labels: String) throws -> RealBatch {
        RealBatch(images: [try tensor(path, at: indices)], labels: try self.labels(labels).map { [$0] })
    }
}
