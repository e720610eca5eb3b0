import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Replays `r3gan_*.h5`, whatever configuration a file states, as one microbatch and as one for each sample. None of the
/// networks' convolutions has a transform.
@Suite struct GoldenR3GANTests {
    static let forward = 1e-5
    static let firstOrder = 1e-4
    static let secondOrder = 1e-3
    static let files = GoldenFile.all(prefix: "r3gan_")
    static let splits = [false, true]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    /// Maps of the stages, images, scores and losses.
    @Test(arguments: files, splits) func forwardPass(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try R3GANReplay(file, isSplit: isSplit)
        let found = replay.forward()
        let expected = try replay.golden.arrays("forward", named: Array(found.keys))
        try replay.golden.expect(expected, "forward", .direct, tolerance: Self.forward) { _ in found }
        // All but the vectors that labels' are multiplied with.
        let isConditional = replay.r3gan.shape.labelDim > 0
        let others = Set(try replay.golden.file.datasetPaths(under: "forward").map { String($0.dropFirst(8)) })
            .subtracting(found.keys).subtracting(["r1", "r2"])
        #expect(others == (isConditional ? ["D/stage\(replay.r3gan.shape.stages.count - 1)"] : []))
    }

    /// Squared slopes of scores in images.
    @Test(arguments: files, splits) func penalties(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try R3GANReplay(file, isSplit: isSplit)
        let expected = try replay.golden.arrays("forward", named: ["r1", "r2"])
        try replay.golden.expect(expected, "forward", .direct, tolerance: Self.firstOrder) { _ in replay.penalties() }
    }

    @Test(arguments: files, splits) func generatorGradients(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try R3GANReplay(file, isSplit: isSplit)
        let expected = try replay.golden.torchGradients("gradient/G", of: replay.r3gan.g)
        try replay.golden.expect(expected, "gradient/G", .direct, tolerance: Self.firstOrder) {
            let replay = try R3GANReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.r3gan.g, replay.r3gan.d)
            return replay.generatorGradients()
        }
    }

    /// Of the discriminator's loss without penalties, of these alone, and of both.
    @Test(arguments: files, splits) func discriminatorGradients(_ file: GoldenFile, isSplit: Bool) throws {
        let golden = try file.open()
        let gamma = try golden.number("gamma")
        let parts: [(String, Float, Float, Double)] = [
            ("gradient/D_gamma0", 1, 0, Self.firstOrder), ("gradient/D_penalty", 0, 2, Self.secondOrder),
            ("gradient/D", 1, gamma, Self.secondOrder),
        ]
        for (group, weight, gamma, tolerance) in parts {
            let replay = try R3GANReplay(file, isSplit: isSplit)
            let expected = try replay.golden.torchGradients(group, of: replay.r3gan.d)
            let floors = try replay.golden.nullFloors(group, expected)
            try replay.golden.expect(expected, group, .direct, tolerance: tolerance, floors: floors) {
                let replay = try R3GANReplay(file, isSplit: isSplit)
                $0?.apply(to: replay.r3gan.g, replay.r3gan.d)
                return replay.discriminatorGradients(adversarial: weight, gamma: gamma)
            }
        }
    }

    /// Where a training starts: blocks change nothing, and the deviations are the authors'.
    @Test(arguments: files) func start(_ file: GoldenFile) throws {
        let r3gan = try GoldenR3GAN(file)
        let blocks = Double(r3gan.shape.stages.map(\.blocks).reduce(0, +))
        let gain = (2 / 1.04).squareRoot() / blocks.squareRoot().squareRoot()
        for (network, parameters) in [r3gan.g, r3gan.d].enumerated() {
            parameters.initialize(seed: 1, network: UInt32(network))
            for entry in parameters.trained {
                let values = parameters.view(entry).array.map { Double($0) }
                let power = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
                let shape = entry.declaration.layout.referenceShape
                let fanIn = Double(shape.dropFirst().reduce(1, *))
                let deviation: Double
                switch entry.name {
                case let name where name.hasSuffix("Bias") || name.contains("LinearLayer3"): deviation = 0
                case let name where name.hasSuffix("Layers.0.Basis"): deviation = 1
                case let name where name.contains("LinearLayer1") || name.contains("LinearLayer2"):
                    deviation = gain / fanIn.squareRoot()
                case "EmbeddingLayer.weight" where network == 1:
                    deviation = 1 / (fanIn * Double(r3gan.shape.discriminatorEmbedding)).squareRoot()
                default: deviation = 1 / fanIn.squareRoot()
                }
                // Five standard errors of the second moment.
                let allowed = 5 * (2 / Double(values.count)).squareRoot() * deviation * deviation
                #expect(abs(power - deviation * deviation) <= allowed, "\(entry.name)")
            }
        }
    }
}

/// The passes of a file.
private struct R3GANReplay {
    let r3gan: GoldenR3GAN
    private let z: [Tensor]
    private let labels: [Tensor?]
    private let real: [Tensor]

    var golden: GoldenArrays { r3gan.golden }

    init(_ file: GoldenFile, isSplit: Bool) throws {
        let r3gan = try GoldenR3GAN(file)
        self.r3gan = r3gan
        let count = isSplit ? try r3gan.golden.integer("batch") : 1
        z = try r3gan.golden.microbatches("input/z", count)
        real = try r3gan.golden.microbatches("input/real", count)
        labels = try r3gan.labels("input/c")?.microbatches(count) ?? z.map { _ in nil }
    }

    private func fakes(_ weights: Weights) -> [GeneratorOutput] {
        zip(z, labels).map { r3gan.generator(GeneratorInput(z: $0, labels: $1, noise: .none), weights) }
    }

    private func judged(_ images: [Tensor], _ weights: Weights) -> [DiscriminatorOutput] {
        zip(images, labels).map { r3gan.discriminator($0, labels: $1, weights) }
    }

    func forward() -> [String: [Float]] {
        let d = r3gan.d.weights(differentiable: false)
        let fakes = fakes(r3gan.g.weights(differentiable: false))
        let (onFake, onReal) = (judged(fakes.map(\.image), d), judged(real, d))
        let (fake, real) = (onFake.map(\.logits), onReal.map(\.logits))
        var found = [
            "image": fakes.map(\.image).joined, "logits_fake": fake.joined, "logits_real": real.joined,
            "loss_G": zip(real, fake).map { ($0 - $1).softplus() }.joined,
            "loss_D": zip(real, fake).map { ($1 - $0).softplus() }.joined,
        ]
        let last = r3gan.shape.stages.count - 1
        for (place, resolution) in r3gan.shape.resolutions.enumerated() {
            found["G/stage\(place)"] = fakes.compactMap { $0.features[resolution] }.joined
            // The discriminator's stages end with half of their size.
            if place < last {
                found["D/stage\(last - place - 1)"] = onFake.compactMap { $0.features[resolution] }.joined
            }
        }
        if r3gan.shape.labelDim == 0 { found["D/stage\(last)"] = fake.joined }
        return found
    }

    /// Of each sample, the squared slope of its score.
    private func squaredSlopes(_ images: [Tensor], _ weights: Weights) -> [Tensor] {
        zip(images, labels).compactMap { image, labels in
            let image = image.detached().variable()
            let score = r3gan.discriminator(image, labels: labels, weights).logits.sum()
            return gradients(of: score, with: [image], recording: true)[0].map {
                Tensor.contract($0, $0, to: [$0.shape[0], 1, 1, 1])
            }
        }
    }

    func penalties() -> [String: [Float]] {
        let d = r3gan.d.weights(differentiable: false)
        let fakes = fakes(r3gan.g.weights(differentiable: false)).map(\.image)
        return ["r1": squaredSlopes(real, d).joined, "r2": squaredSlopes(fakes, d).joined]
    }

    func generatorGradients() -> [String: [Float]] {
        let d = r3gan.d.weights(differentiable: false)
        let weights = r3gan.g.weights(differentiable: true)
        let (onFake, onReal) = (judged(fakes(weights).map(\.image), d), judged(real, d))
        let losses = zip(onReal, onFake).map { ($0.logits - $1.logits).softplus().mean() }
        return named(r3gan.g, losses, weights)
    }

    /// Of `adversarial` · loss + `gamma`/2 · (R1 + R2).
    func discriminatorGradients(adversarial: Float, gamma: Float) -> [String: [Float]] {
        let fakes = fakes(r3gan.g.weights(differentiable: false)).map(\.image)
        let weights = r3gan.d.weights(differentiable: true)
        let (onFake, onReal) = (judged(fakes, weights), judged(real, weights))
        var losses = zip(onReal, onFake).map { ($1.logits - $0.logits).softplus().mean() * adversarial }
        if gamma > 0 {
            let (r1, r2) = (squaredSlopes(real, weights), squaredSlopes(fakes, weights))
            for k in losses.indices { losses[k] = losses[k] + (r1[k].mean() + r2[k].mean()) * (gamma / 2) }
        }
        return named(r3gan.d, losses, weights)
    }

    private func named(_ parameters: Parameters, _ losses: [Tensor], _ weights: Weights) -> [String: [Float]] {
        let total = losses.dropFirst().reduce(losses[0], +)
        let found = gradients(of: total, with: parameters.all.variables(weights))
        return parameters.named(found, microbatches: losses.count)
    }
}

extension GoldenArrays {
    /// Images as they are here.
    fileprivate func arrays(_ group: String, named names: [String]) throws -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: try names.map { ($0, try tensor("\(group)/\($0)").array) })
    }
}
