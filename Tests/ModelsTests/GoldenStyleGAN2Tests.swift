import Foundation
import Models
import Testing
import Training

/// Replays `stylegan2_ggdr_*.h5`, whatever configuration a file states.
@Suite struct GoldenStyleGAN2Tests {
    /// Relative errors allowed between two float32 implementations.
    static let forward = 1e-5
    static let firstOrder = 1e-4
    static let secondOrder = 1e-3
    static let trace = 1e-2

    static let files = GoldenFile.all(prefix: "stylegan2_ggdr_")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files) func forwardPass(_ file: GoldenFile) throws {
        let golden = try file.open()
        let networks = try networks(golden)
        let g = networks.g.weights(differentiable: false)
        let d = networks.d.weights(differentiable: false)
        let generator = try #require(networks.generator as? StyleGAN2Generator)
        let ws = generator.broadcast(
            generator.mapping(try golden.tensor("input/z"), labels: try labels(golden), g))
        try check(ws, "forward/ws", golden, Self.forward)
        let fake = generator.synthesize(ws: ws, noise: .constant, g)
        try check(fake.image, "forward/image", golden, Self.forward)
        for (resolution, map) in fake.features {
            try check(map, "forward/g_features/\(resolution)", golden, Self.forward)
        }
        let level = GrowthLevel(resolution: generator.resolution)
        let onFake = networks.discriminator(fake.image, labels: try labels(golden), at: level, d)
        try check(onFake.logits, "forward/logits_fake", golden, Self.forward)
        let onReal = networks.discriminator(
            try golden.tensor("input/real"), labels: try labels(golden), at: level, d)
        try check(onReal.logits, "forward/logits_real", golden, Self.forward)
        let decoder = try #require(networks.discriminator.decoder)
        let decoded = decoder(onFake.features, d)
        for (resolution, map) in decoded {
            try check(map, "forward/decoder/\(resolution)", golden, Self.forward)
        }
        let loss = GGDRDecoder.loss(
            decoded: try #require(decoded[decoder.resolution]), target: try #require(fake.features[decoder.resolution]))
        // The file's loss is weighted.
        try check(loss * ggdrWeight, "forward/ggdr_loss", golden, Self.forward)
    }

    @Test(arguments: files) func phaseGradients(_ file: GoldenFile) throws {
        let golden = try file.open()
        let networks = try networks(golden)
        let replay = Replay(golden: golden, networks: networks)
        let z = try golden.tensor("input/z")
        let real = try golden.tensor("input/real")
        try check(replay.generatorMain(z), networks.g, "gradient/Gmain", golden, Self.firstOrder)
        try check(replay.generatorRegularization(z, 1), networks.g, "gradient/Greg", golden, Self.secondOrder)
        try check(replay.discriminatorMain(z, real), networks.d, "gradient/Dmain", golden, Self.firstOrder)
        try check(replay.discriminatorRegularization(real, 1), networks.d, "gradient/Dreg", golden, Self.secondOrder)
    }

    @Test(arguments: files) func shortRun(_ file: GoldenFile) throws {
        let golden = try file.open()
        let networks = try networks(golden)
        networks.average.copy(from: networks.g)
        let replay = Replay(golden: golden, networks: networks)
        let rate = Double(try golden.number("lr"))
        let plain = Adam.Settings(learningRate: rate, beta1: 0, beta2: 0.99, epsilon: 1e-8)
        let optimizerG = Adam(plain.lazy(interval: 4), count: networks.g.values.count)
        let optimizerD = Adam(plain.lazy(interval: 16), count: networks.d.values.count)
        let decay = try #require(try golden.file.attribute("ema_beta", on: "run")?.floatValue)
        let (traceShape, trace) = try golden.file.floats("run/trace")

        func apply(_ result: PhaseResult, _ parameters: Parameters, _ optimizer: Adam) {
            let flat = BufferView(count: parameters.values.count)
            parameters.flatten(result.gradients, into: flat)
            optimizer.step(parameters, gradients: flat, gradientScale: 1)
            if let mean = result.measurements.wMean { trackW(networks.g, mean) }
        }
        for step in 0..<(try golden.integer("steps")) {
            let real = try golden.tensor("run/real", at: [step])
            func z(_ phase: Int) throws -> Tensor { try golden.tensor("run/z", at: [step, phase]) }
            apply(try replay.generatorMain(z(0)), networks.g, optimizerG)
            if step % 4 == 0 { apply(try replay.generatorRegularization(z(1), 4), networks.g, optimizerG) }
            apply(try replay.discriminatorMain(z(2), real), networks.d, optimizerD)
            if step % 16 == 0 { apply(try replay.discriminatorRegularization(real, 16), networks.d, optimizerD) }
            OptimizerKernels.movingAverage(networks.average.values, of: networks.g.values, decay: decay)
            Elementwise.copy(networks.g.state, into: networks.average.state)

            let found = try replay.trace()
            let expected = Array(trace[step * traceShape[1]..<(step + 1) * traceShape[1]])
            for (column, (a, b)) in zip(found, expected).enumerated() {
                #expect(
                    abs(a - b) <= Float(Self.trace) * max(abs(b), 0.1), "step \(step), column \(column): \(a), \(b)")
            }
        }
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

    private func networks(_ golden: GoldenArrays) throws -> Networks {
        let shape = StyleGAN2Shape(
            resolution: try golden.integer("res"), imageChannels: try golden.integer("ch"),
            zDim: try golden.integer("w"), wDim: try golden.integer("w"), labelDim: try golden.integer("cdim"),
            mappingLayers: try golden.integer("map"), channelBase: try golden.integer("base"),
            channelMax: try golden.integer("cmax"))
        let networks = Networks(
            generator: StyleGAN2Generator(shape),
            discriminator: StyleGAN2Discriminator(
                shape, architecture: try #require(.init(rawValue: try golden.text("arch"))), minibatchGroup: 4,
                ggdrResolution: try golden.integer("ggdr")))
        try golden.load("init/G", into: networks.g)
        try golden.load("init/D", into: networks.d)
        return networks
    }

    private func check(_ tensor: Tensor, _ path: String, _ golden: GoldenArrays, _ tolerance: Double) throws {
        let error = relativeError(tensor.array, try golden.tensor(path).array)
        #expect(error <= tolerance, "\(path): \(error)")
        report("\(path): \(error)")
    }

    private func check(
        _ result: PhaseResult, _ parameters: Parameters, _ group: String, _ golden: GoldenArrays, _ tolerance: Double
    ) throws {
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(result.gradients, into: flat)
        for entry in parameters.trained {
            let found = entry.declaration.layout.toReference(flat.slice(entry.offset, entry.count).array)
            let error = relativeError(found, try golden.values("\(group)/\(entry.name)"))
            #expect(error <= tolerance, "\(group)/\(entry.name): \(error)")
            report("\(group)/\(entry.name): \(error)")
        }
    }
}

/// The mean of w over a batch moves the tracked mean (decay 0.995).
private func trackW(_ parameters: Parameters, _ mean: [Float]) { WAverage.update(parameters, batchMean: mean) }

private let ggdrWeight: Float = 10

private func labels(_ golden: GoldenArrays) throws -> Tensor? {
    try golden.integer("cdim") > 0 ? try golden.tensor("input/c") : nil
}

private func report(_ line: String) {
    if ProcessInfo.processInfo.environment["GANGLION_GOLDEN_REPORT"] != nil { print(line) }
}

/// The phases on a file's inputs: constant noise, no style mixing, one microbatch.
private final class Replay {
    let golden: GoldenArrays
    let networks: Networks
    private let objectives: Objectives
    private var pathMean: Float = 0

    init(golden: GoldenArrays, networks: Networks) {
        self.golden = golden
        self.networks = networks
        let gamma = (try? golden.number("gamma")) ?? .nan
        objectives = Objectives(
            networks,
            ObjectiveSettings(ggdrWeight: ggdrWeight, r1Gamma: gamma, pathLengthWeight: 2, pathLengthDecay: 0.01))
    }

    private func input(_ z: Tensor) throws -> GeneratorInput {
        GeneratorInput(z: z, labels: try labels(golden), noise: .constant)
    }

    func generatorMain(_ z: Tensor) throws -> PhaseResult { objectives.generatorMain(try input(z)).result() }

    func generatorRegularization(_ z: Tensor, _ interval: Int) throws -> PhaseResult {
        let half = z.shape[0] / 2
        var input = try input(z.slice(axis: 0, start: 0, length: half))
        input.labels = input.labels?.slice(axis: 0, start: 0, length: half)
        let result = objectives.generatorRegularization(
            input, imageNoise: try golden.tensor("input/pl_noise"), pathMean: pathMean, interval: interval
        ).result()
        pathMean += 0.01 * (result.measurements[.pathLength] - pathMean)
        return result
    }

    func discriminatorMain(_ z: Tensor, _ real: Tensor) throws -> PhaseResult {
        objectives.discriminatorMain(try input(z), real: real, realLabels: try labels(golden)).result()
    }

    func discriminatorRegularization(_ real: Tensor, _ interval: Int) throws -> PhaseResult {
        objectives.discriminatorRegularization(real: real, realLabels: try labels(golden), interval: interval).result()
    }

    /// Mean fake and real logit, GGDR loss, mean and deviation of the images, mean path length.
    func trace() throws -> [Float] {
        let result = objectives.discriminatorMain(
            try input(try golden.tensor("input/z")), real: try golden.tensor("input/real"),
            realLabels: try labels(golden))
        let g = networks.g.weights(differentiable: false)
        let level = GrowthLevel(resolution: networks.generator.resolution)
        let image = networks.generator(try input(try golden.tensor("input/z")), at: level, g).image
        let d = networks.d.weights(differentiable: false)
        let fake = networks.discriminator(image, labels: try labels(golden), at: level, d).logits.mean().scalar
        let pixels = image.array
        let mean = pixels.reduce(0, +) / Float(pixels.count)
        let variance = pixels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(pixels.count - 1)
        return [
            fake, result.measurements[.realScore], result.measurements[.ggdrLoss] * ggdrWeight, mean,
            variance.squareRoot(),
            pathMean,
        ]
    }
}
