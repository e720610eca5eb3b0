import Autodiff
import GoldenTesting
import Kernels
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
    static let secondOrder = 1e-3

    static let files = GoldenFile.all(prefix: "pggan_")

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, GoldenMode.allCases) func forwardPass(_ file: GoldenFile, _ mode: GoldenMode) throws {
        try mode.run { try forwardPass(try ProgressiveReplay(file)) }
    }

    private func forwardPass(_ replay: ProgressiveReplay) throws {
        for lod in replay.levels {
            let fake = Tape.paused { replay.fake(lod) }
            // The reference's images always have the final resolution.
            let image = (0..<lod.halvings).reduce(fake) { image, _ in image.nearestUpsampled() }
            try replay.check(image, lod.path("image"), Self.forward)
            try replay.check(replay.score(fake, lod), lod.path("score_fake"), Self.forward)
            try replay.check(replay.score(replay.real(lod), lod), lod.path("score_real"), Self.forward)
        }
    }

    @Test(arguments: files, GoldenMode.allCases) func generatorGradients(_ file: GoldenFile, _ mode: GoldenMode) throws
    {
        try mode.run { try generatorGradients(try ProgressiveReplay(file), mode) }
    }

    private func generatorGradients(_ replay: ProgressiveReplay, _ mode: GoldenMode) throws {
        for lod in replay.levels {
            let weights = replay.g.weights(differentiable: true)
            let score = replay.score(replay.fake(lod, weights), lod)
            try replay.check(
                [gradients(of: (-score).mean(), with: replay.g.all.variables(weights))], replay.g,
                replay.generator.at(lod.level).activeParameters, lod.path("gradient/G"),
                mode.gradientTolerance(Self.firstOrder))
        }
    }

    /// The gradients are those of the whole loss, whose parts may go back one by one.
    @Test(arguments: files, GoldenMode.allCases) func discriminatorLoss(_ file: GoldenFile, _ mode: GoldenMode) throws {
        try mode.run { try discriminatorLoss(try ProgressiveReplay(file), mode) }
    }

    private func discriminatorLoss(_ replay: ProgressiveReplay, _ mode: GoldenMode) throws {
        for lod in replay.levels {
            let fake = Tape.paused { replay.fake(lod) }
            let real = try replay.real(lod)
            let weights = replay.d.weights(differentiable: true)
            func score(_ image: Tensor) -> Tensor { replay.score(image, lod, weights) }
            let (penalty, norms) = replay.gradientPenalty(
                real: real, fake: fake, mix: try replay.golden.tensor("input/mix"),
                finalResolution: replay.generator.resolution, score: score)
            try replay.check(norms, lod.path("gradient_norms"), mode.gradientTolerance(Self.firstOrder))
            let parts = [score(fake), replay.onReal(score(real)), penalty]
            try replay.check(
                parts[0] + parts[1] + parts[2], lod.path("d_loss"), mode.gradientTolerance(Self.firstOrder))
            try replay.check(
                parts.map { gradients(of: $0.mean(), with: replay.d.all.variables(weights)) }, replay.d,
                replay.discriminator.at(lod.level).activeParameters, lod.path("gradient/D"),
                mode.gradientTolerance(Self.secondOrder))
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
        discriminator = ProgressiveDiscriminator(shape, ggdrResolution: nil)
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        let labels = labelDim > 0 ? try golden.tensor("input/labels") : nil
        input = GeneratorInput(z: z, labels: labels, noise: .none)
        levels = try golden.levels()
        #expect(!levels.isEmpty)
        try golden.loadProgressive("init/G", into: g)
        try golden.loadProgressive("init/D", into: d)
    }

    func fake(_ lod: GoldenLod, _ weights: Weights? = nil) -> Tensor {
        generator.at(lod.level)(input, weights ?? g.weights(differentiable: false)).image
    }

    /// The Wasserstein loss of each sample, as the file has it.
    func onReal(_ score: Tensor) -> Tensor { score.squared() * drift - score }

    func real(_ lod: GoldenLod) throws -> Tensor { try golden.real(lod) }

    func score(_ image: Tensor, _ lod: GoldenLod, _ weights: Weights? = nil) -> Tensor {
        discriminator.at(lod.level)(image, labels: input.labels, weights ?? d.weights(differentiable: false)).logits
    }

    func check(_ tensor: Tensor, _ path: String, _ tolerance: Double) throws {
        try compare(tensor.array, try golden.tensor(path).array, path, tolerance)
    }

    /// The file holds the gradients of active parameters and no others.
    ///
    /// - Parameter parts: gradients of the parts of a loss, to be added.
    func check(
        _ parts: [[Tensor?]], _ parameters: Parameters, _ active: Set<String>, _ group: String, _ tolerance: Double
    ) throws {
        let prefix = group + "/"
        let stated = try golden.file.datasetPaths(under: group).map { String($0.dropFirst(prefix.count)) }
        #expect(Set(stated) == active, "\(group)")
        let flat = parts.map { part in
            let flat = BufferView(count: parameters.values.count)
            parameters.flatten(part, into: flat)
            return flat
        }
        for (place, entry) in parameters.trained.enumerated() {
            let exists = parts.contains { $0[place] != nil }
            #expect(exists == active.contains(entry.name), "\(prefix)\(entry.name)")
            guard exists, active.contains(entry.name) else { continue }
            let terms = flat.map { $0.slice(entry.offset, entry.count).array }
            let sum = terms.dropFirst().reduce(terms[0]) { zip($0, $1).map { $0 + $1 } }
            try compare(
                sum, try golden.progressiveValues(of: entry, group), prefix + entry.name, tolerance,
                rounding: terms.reduce(0) { $0 + relativeError($1, [Float](repeating: 0, count: entry.count)) })
        }
    }

    /// - Parameter rounding: norm of the terms of which the values are the sum. Where these cancel, as they do in the
    ///   gradient of the score's own bias (1 − 1 + 2·ε_drift·D(real)), nobody's sum is better than a few of the
    ///   terms' last bits: 2⁻²⁴ for each.
    private func compare(
        _ found: [Float], _ expected: [Float], _ path: String, _ tolerance: Double, rounding: Double = 0
    ) throws {
        let norm = relativeError(expected, [Float](repeating: 0, count: expected.count))
        let (error, floor) = (relativeError(found, expected), 0x1p-22 * rounding / (norm == 0 ? 1 : norm))
        #expect(error <= max(tolerance, floor), "\(path): \(error)")
        golden.report("\(path): \(error)\(floor > tolerance ? ", of what cancels \(error / floor * 0x1p-22)" : "")")
    }
}
