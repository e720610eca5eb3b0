import Autodiff
import GoldenTesting
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Replays `pggan_*.h5`, whatever configuration a file states, at every level of detail that it holds.
@Suite struct GoldenProgressiveTests {
    /// Relative errors allowed between two float32 implementations.
    static let forward = 1e-5
    static let firstOrder = 1e-4

    static let files = GoldenFile.all(prefix: "pggan_")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, GoldenMode.allCases) func forwardPass(_ file: GoldenFile, _ mode: GoldenMode) throws {
        try mode.run { try check(try ProgressiveReplay(file), mode) }
    }

    private func check(_ replay: ProgressiveReplay, _ mode: GoldenMode) throws {
        for lod in replay.levels {
            let fake = Tape.paused { replay.fake(lod) }
            // The reference's images always have the final resolution.
            let image = (0..<lod.halvings).reduce(fake) { image, _ in image.nearestUpsampled() }
            try replay.check(image, lod.path("image"), mode, Self.forward)
            try replay.check(replay.score(fake, lod), lod.path("score_fake"), mode, Self.forward)
            try replay.check(replay.score(replay.real(lod), lod), lod.path("score_real"), mode, Self.forward)
        }
    }

    /// The file holds the gradients of active parameters and no others; the gradients themselves are replayed in
    /// `GoldenTrainerTests`.
    @Test(arguments: files) func activeParameters(_ file: GoldenFile) throws {
        let replay = try ProgressiveReplay(file)
        for lod in replay.levels {
            for (group, active) in [
                (lod.path("gradient/G"), replay.generator.at(lod.level).activeParameters),
                (lod.path("gradient/D"), replay.discriminator.at(lod.level).activeParameters),
            ] {
                let stated = try replay.golden.file.datasetPaths(under: group).map { $0.dropFirst(group.count + 1) }
                #expect(Set(stated.map(String.init)) == active, "\(group)")
            }
        }
    }

    /// The gradients of the whole loss are replayed in `GoldenTrainerTests`.
    @Test(arguments: files, GoldenMode.allCases) func discriminatorLoss(_ file: GoldenFile, _ mode: GoldenMode) throws {
        let golden = try file.open()
        for lod in try golden.levels() {
            let expected = try ["gradient_norms", "d_loss"].map { ($0, try golden.values(lod.path($0))) }
            try golden.expect(
                Dictionary(uniqueKeysWithValues: expected), lod.group, mode, tolerance: Self.firstOrder
            ) { disturbance in
                let replay = try ProgressiveReplay(file)
                disturbance?.apply(to: replay.g, replay.d)
                let (fake, real) = (Tape.paused { replay.fake(lod) }, try replay.real(lod))
                func score(_ image: Tensor) -> Tensor { replay.score(image, lod) }
                let (penalty, norms) = replay.gradientPenalty(
                    real: real, fake: fake, mix: try golden.tensor("input/mix"),
                    finalResolution: replay.generator.resolution, score: score)
                let loss = score(fake) + replay.onReal(score(real)) + penalty
                return ["gradient_norms": norms.array, "d_loss": loss.array]
            }
        }
    }
}

/// The networks of a file, and its inputs at a level.
private struct ProgressiveReplay {
    let golden: GoldenArrays
    let generator: ProgressiveGenerator
    let discriminator: ProgressiveDiscriminator
    let g: Parameters
    let d: Parameters
    let levels: [GoldenLod]
    let gradientPenalty = GradientPenalty(weight: 10, target: 1)
    private let drift: Float = 0.001
    private let input: GeneratorInput

    init(_ file: GoldenFile) throws {
        let golden = try file.open()
        let labelDim = try golden.integer("labels")
        let z = try golden.tensor("input/z")
        let shape = ProgressiveShape(
            resolution: try golden.integer("res"), imageChannels: try golden.integer("ch"), zDim: z.shape[1],
            labelDim: labelDim, channelBase: 2 * (try golden.integer("base")), channelMax: try golden.integer("fmax"))
        self.golden = golden
        generator = ProgressiveGenerator(shape)
        discriminator = ProgressiveDiscriminator(shape, decoder: nil)
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        let labels = labelDim > 0 ? try golden.tensor("input/labels") : nil
        input = GeneratorInput(z: z, labels: labels, noise: .none)
        levels = try golden.levels()
        #expect(!levels.isEmpty)
        try golden.loadProgressive("init/G", into: g)
        try golden.loadProgressive("init/D", into: d)
    }

    func fake(_ lod: GoldenLod) -> Tensor {
        generator.at(lod.level)(input, g.weights(differentiable: false)).image
    }

    /// The Wasserstein loss of each sample, as the file has it.
    func onReal(_ score: Tensor) -> Tensor { score.squared() * drift - score }

    func real(_ lod: GoldenLod) throws -> Tensor { try golden.real(lod) }

    func score(_ image: Tensor, _ lod: GoldenLod) -> Tensor {
        discriminator.at(lod.level)(image, labels: input.labels, d.weights(differentiable: false)).logits
    }

    func check(_ tensor: Tensor, _ path: String, _ mode: GoldenMode, _ tolerance: Double) throws {
        let error = relativeError(tensor.array, try golden.tensor(path).array)
        #expect(error <= tolerance, "\(path)")
        golden.report("\(path): \(error)", mode)
    }
}
