import Autodiff
import GoldenTesting
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Replays `ccfpse_*.h5`, whatever configuration a file states, as one microbatch and as one for each sample.
@Suite struct GoldenCCFPSETests {
    static let forward = 1e-5
    static let firstOrder = 1e-4
    static let files = GoldenFile.all(prefix: "ccfpse_")
    static let splits = [false, true]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, GoldenVariant.all)
    func forwardPass(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let golden = try file.open()
        let stored = Set(try golden.file.datasetPaths(under: "forward"))
        let names = try CCFPSEReplay(file, isSplit: isSplit).forward().keys.filter { stored.contains("forward/\($0)") }
        let least = [
            "fake", "score2", "score3", "score4", "feature5", "loss_G_GAN", "loss_G_GAN_Feat", "loss_D_Fake",
            "loss_D_real",
        ]
        #expect(Set(least).isSubset(of: names))
        let expected = Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try golden.tensor("forward/\($0)").array) })
        try golden.expect(expected, "forward", mode, tolerance: Self.forward) { disturbance in
            let replay = try CCFPSEReplay(file, isSplit: isSplit)
            if mode == .transformed { disturbance?.apply(to: replay.g, replay.d) }
            return replay.forward().filter { names.contains($0.key) }
        }
    }

    @Test(arguments: files, GoldenVariant.all)
    func generatorGradients(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let replay = try CCFPSEReplay(file, isSplit: isSplit)
        var expected = try replay.golden.torchGradients("gradient/G", of: replay.g)
        expected["image"] = try replay.golden.tensor("gradient/G/image").array
        let floors = try replay.golden.nullFloors("gradient/G", expected)
        try replay.golden.expect(expected, "gradient/G", mode, tolerance: Self.firstOrder, floors: floors) {
            let replay = try CCFPSEReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.g, replay.d)
            return replay.generatorGradients()
        }
    }

    @Test(arguments: files, GoldenVariant.all)
    func discriminatorGradients(_ file: GoldenFile, _ variant: GoldenVariant) throws {
        let (isSplit, mode) = (variant.isSplit, variant.mode)
        let replay = try CCFPSEReplay(file, isSplit: isSplit)
        let expected = try replay.golden.torchGradients("gradient/D", of: replay.d)
        let floors = try replay.golden.nullFloors("gradient/D", expected)
        try replay.golden.expect(expected, "gradient/D", mode, tolerance: Self.firstOrder, floors: floors) {
            let replay = try CCFPSEReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.g, replay.d)
            return replay.discriminatorGradients()
        }
    }

    /// What a step's forward passes leave of moving averages, u and v, and what the generator then makes by them.
    @Test(arguments: files, splits) func stateAfterSteps(_ file: GoldenFile, isSplit: Bool) throws {
        try GoldenMode.direct.run {
            for step in ["Gstep", "Dstep"] {
                let replay = try CCFPSEReplay(file, isSplit: isSplit)
                replay.leaveState()
                for (network, parameters) in [("G", replay.g), ("D", replay.d)] {
                    let expected = try replay.golden.torchState(after: step, network, of: parameters)
                    let found = parameters.stateByName
                    #expect(Set(found.keys) == Set(expected.keys))
                    for (name, values) in expected {
                        #expect(relativeError(found[name] ?? [], values) < Self.forward, "\(step), \(network).\(name)")
                    }
                }
                guard step == "Dstep" else { continue }
                let expected = try replay.golden.tensor("eval/fake").array
                #expect(relativeError(replay.evaluated(), expected) < Self.forward)
            }
        }
    }
}

/// The passes of a file.
private struct CCFPSEReplay {
    let golden: GoldenArrays
    let g: Parameters
    let d: Parameters
    private let shape: CCFPSEShape
    private let generator: CCFPSEGenerator
    private let discriminator: CCFPSEDiscriminator
    private let semantics: [Tensor]
    private let edges: [Float]
    private let real: [Tensor]
    private let z: [Tensor?]
    private let matchingWeight: Float
    private let loss = MultiScaleLoss(HingeLoss())

    /// Of what the reference declares and never uses.
    private static let unused = ["norm_0", "conv_0.norm_layer", "conv_2.norm_layer"]

    init(_ file: GoldenFile, isSplit: Bool) throws {
        golden = try file.open()
        let classes = try golden.integer("classes")
        let hasEdges = try golden.integer("instance") != 0
        let isLatent = try golden.integer("vae") != 0
        shape = CCFPSEShape(
            grid: try golden.cropGrid(), semantics: classes + (hasEdges ? 1 : 0),
            start: isLatent ? .latent(try golden.integer("zdim")) : .map, isDeep: try golden.integer("deep") != 0,
            generatorWidth: try golden.integer("ngf"), discriminatorWidth: try golden.integer("ndf"),
            hidden: try golden.integer("hidden"))
        (generator, discriminator) = (CCFPSEGenerator(shape), CCFPSEDiscriminator(shape))
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
        try golden.loadTorch("init/G", into: g, unused: Self.unused)
        try golden.loadTorch("init/D", into: d)
        let count = isSplit ? try golden.integer("batch") : 1
        let maps = try golden.oneHotMaps("input/labels", classes: classes, count)
        if hasEdges {
            let (instances, values) = try golden.file.int32s("input/instance")
            edges = InstanceEdges.of(values, height: instances[1], width: instances[2])
            let planes = Tensor(edges, shape: instances + [1]).microbatches(count)
            semantics = zip(maps, planes).map { .concatenated([$0, $1], axis: 3) }
        } else {
            (edges, semantics) = ([], maps)
        }
        real = try golden.microbatches("input/real", count)
        z = isLatent ? try golden.microbatches("input/z", count) : maps.map { _ in nil }
        // Over the four maps that are compared.
        matchingWeight = try golden.number("feat")
    }

    private var count: Int { semantics.count }

    private func made(_ weights: [Weights]) -> [GeneratorOutput] {
        generator(zip(semantics, z).map { TranslationInput(condition: $0, z: $1) }, weights)
    }

    /// Of each microbatch, its generated images and then its real ones.
    private func seen(_ fakes: [Tensor], _ weights: [Weights]) -> [DenseScores] {
        (0..<count).map { k in
            discriminator(
                .concatenated([fakes[k], real[k]], axis: 0),
                semantics: .concatenated([semantics[k], semantics[k]], axis: 0), weights[k])
        }
    }

    private func half(_ x: Tensor, isReal: Bool) -> Tensor {
        x.slice(axis: 0, start: isReal ? x.shape[0] / 2 : 0, length: x.shape[0] / 2)
    }

    private func features(_ seen: DenseScores, isReal: Bool) -> [Tensor] {
        discriminator.matchedResolutions.compactMap { seen.features[$0] }.map { half($0, isReal: isReal) }
    }

    private func generatorLosses(_ seen: [DenseScores]) -> (adversarial: [Tensor], matching: [Tensor]) {
        (
            seen.map { loss.generator($0.scores.map { half($0, isReal: false) }) },
            seen.map {
                FeatureMatching.loss(fake: features($0, isReal: false), real: features($0, isReal: true))
                    * matchingWeight
            }
        )
    }

    private func discriminatorLosses(_ seen: [DenseScores]) -> (fake: [Tensor], real: [Tensor]) {
        (
            seen.map { loss.onFake($0.scores.map { half($0, isReal: false) }) },
            seen.map { loss.onReal($0.scores.map { half($0, isReal: true) }) }
        )
    }

    /// Fakes of all microbatches, then reals, as the file has them.
    private func joined(_ maps: [Tensor]) -> [Float] {
        maps.map { half($0, isReal: false) }.joined + maps.map { half($0, isReal: true) }.joined
    }

    func forward() -> [String: [Float]] {
        g.advance()
        d.advance()
        let made = made(g.microbatchWeights(count, differentiable: false))
        let seen = seen(made.map(\.image), d.microbatchWeights(count, differentiable: false))
        let (adversarial, matching) = generatorLosses(seen)
        let (fake, real) = discriminatorLosses(seen)
        var found = [
            "fake": made.map(\.image).joined, "loss_G_GAN": adversarial.averaged, "loss_G_GAN_Feat": matching.averaged,
            "loss_D_Fake": fake.averaged, "loss_D_real": real.averaged, "edges": edges,
        ]
        for scale in 0..<3 { found["score\(scale + 2)"] = joined(seen.map { $0.scores[scale] }) }
        for level in 1...5 {
            let maps = joined(seen.compactMap { $0.features[shape.resolution(halvings: level)] })
            found["feature\(level)"] = maps
            found["D/enc\(level)"] = maps
        }
        // Only the last block of a size is among the features.
        let blocks = ["head_0", shape.isDeep ? "G_middle_0" : nil, "G_middle_1", "up_0", "up_1", "up_2", "up_3"]
        for (level, block) in blocks.compactMap({ $0 }).enumerated() {
            let r = shape.resolution(halvings: shape.ups - level)
            found["G/\(block)"] = made.compactMap { $0.features[r] }.joined
        }
        return found
    }

    func generatorGradients() -> [String: [Float]] {
        g.advance()
        d.advance()
        let (weights, weightsOfD) = (
            g.microbatchWeights(count, differentiable: true), d.microbatchWeights(count, differentiable: false)
        )
        func losses(_ images: [Tensor]) -> [Tensor] {
            let (adversarial, matching) = generatorLosses(seen(images, weightsOfD))
            return zip(adversarial, matching).map { $0 + $1 }
        }
        let made = made(weights)
        let images = made.map { $0.image.detached().variable() }
        let image = imageGradients(of: losses(images), images)
        let sums = summedGradients(of: losses(made.map(\.image)), with: weights.map { g.all.variables($0) })
        var found = g.named(sums, microbatches: count)
        found["image"] = image
        return found
    }

    func discriminatorGradients() -> [String: [Float]] {
        g.advance()
        d.advance()
        let images = made(g.microbatchWeights(count, differentiable: false)).map(\.image)
        let weights = d.microbatchWeights(count, differentiable: true)
        let (fake, real) = discriminatorLosses(seen(images, weights))
        let sums = summedGradients(
            of: zip(fake, real).map { $0 + $1 }, with: weights.map { d.all.variables($0) })
        return d.named(sums, microbatches: count)
    }

    func leaveState() {
        g.advance()
        d.advance()
        g.followNoted(made(g.microbatchWeights(count, differentiable: false)).map(\.noted))
    }

    /// By the moving averages and u and v as they are.
    func evaluated() -> [Float] { made(semantics.map { _ in g.weights(differentiable: false) }).map(\.image).joined }
}
