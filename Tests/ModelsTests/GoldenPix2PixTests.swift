import Autodiff
import GoldenTesting
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Replays `pix2pix_*.h5`, whatever configuration a file states, as one microbatch and as one for each sample.
@Suite struct GoldenPix2PixTests {
    static let forward = 1e-5
    static let firstOrder = 1e-4
    static let files = GoldenFile.all(prefix: "pix2pix_")
    static let splits = [false, true]

    @Test func filesAreThere() { #expect(!Self.files.isEmpty) }

    @Test(arguments: files, splits) func forwardPass(_ file: GoldenFile, isSplit: Bool) throws {
        let golden = try file.open()
        let names = [
            "fake", "logits_fake", "logits_real", "loss_D", "loss_D_fake", "loss_D_real", "loss_G", "loss_G_GAN",
            "loss_G_L1",
        ]
        let expected = Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try golden.tensor("forward/\($0)").array) })
        try golden.expect(expected, "forward", .direct, tolerance: Self.forward) { _ in
            try Pix2PixReplay(file, isSplit: isSplit).forward()
        }
        let evaluated = try Pix2PixReplay(file, isSplit: isSplit).evaluated()
        #expect(relativeError(evaluated, try golden.tensor("eval/fake").array) < Self.forward)
    }

    @Test(arguments: files, splits) func generatorGradients(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try Pix2PixReplay(file, isSplit: isSplit)
        var expected = try replay.golden.torchGradients("gradient/G", of: replay.g)
        expected["image"] = try replay.golden.tensor("gradient/G/image").array
        let floors = try replay.golden.nullFloors("gradient/G", expected)
        try replay.golden.expect(expected, "gradient/G", .direct, tolerance: Self.firstOrder, floors: floors) {
            let replay = try Pix2PixReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.g, replay.d)
            return replay.generatorGradients()
        }
    }

    @Test(arguments: files, splits) func discriminatorGradients(_ file: GoldenFile, isSplit: Bool) throws {
        let replay = try Pix2PixReplay(file, isSplit: isSplit)
        let expected = try replay.golden.torchGradients("gradient/D", of: replay.d)
        let floors = try replay.golden.nullFloors("gradient/D", expected)
        try replay.golden.expect(expected, "gradient/D", .direct, tolerance: Self.firstOrder, floors: floors) {
            let replay = try Pix2PixReplay(file, isSplit: isSplit)
            $0?.apply(to: replay.g, replay.d)
            return replay.discriminatorGradients()
        }
    }

    /// What forward passes leave of the moving averages.
    @Test(arguments: files, splits) func movingAverages(_ file: GoldenFile, isSplit: Bool) throws {
        for step in ["Dstep", "Gstep"] {
            let replay = try Pix2PixReplay(file, isSplit: isSplit)
            replay.leaveState(ofDiscriminatorStep: step == "Dstep")
            for (network, parameters) in [("G", replay.g), ("D", replay.d)] {
                let expected = try replay.golden.torchState(after: step, network, of: parameters)
                let found = parameters.stateByName
                #expect(Set(found.keys) == Set(expected.keys))
                for (name, values) in expected {
                    #expect(relativeError(found[name] ?? [], values) < Self.forward, "\(step), \(network).\(name)")
                }
            }
        }
    }
}

/// The passes of a file.
private struct Pix2PixReplay {
    let golden: GoldenArrays
    let g: Parameters
    let d: Parameters
    private let generator: Pix2PixGenerator
    private let discriminator: PatchDiscriminator
    private let loss: any AdversarialLoss
    private let distanceWeight: Float
    private let given: [Tensor]
    private let wanted: [Tensor]

    init(_ file: GoldenFile, isSplit: Bool) throws {
        golden = try file.open()
        let size = try golden.integer("size")
        let kind = try #require(FeatureNormalization.Kind(rawValue: try golden.text("norm")))
        let shape = Pix2PixShape(
            grid: NetworkGrid(resolution: size), inputChannels: try golden.integer("inc"),
            outputChannels: try golden.integer("outc"), downs: try golden.integer("downs"),
            generatorWidth: try golden.integer("ngf"), discriminatorWidth: try golden.integer("ndf"),
            patchLayers: try golden.integer("layers"), normalization: kind)
        (generator, discriminator) = (Pix2PixGenerator(shape), PatchDiscriminator(shape))
        (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
        try golden.loadTorch("init/G", into: g)
        try golden.loadTorch("init/D", into: d)
        loss = try golden.text("mode") == "lsgan" ? LeastSquaresLoss() : LogisticLoss()
        distanceWeight = try golden.number("l1")
        let count = isSplit ? try golden.integer("batch") : 1
        given = try golden.microbatches("input/A", count)
        wanted = try golden.microbatches("input/B", count)
    }

    private var count: Int { given.count }

    private func fakes(_ weights: [Weights]) -> [GeneratorOutput] {
        generator(given.map { TranslationInput(condition: $0) }, weights)
    }

    private func fakes() -> [Tensor] { fakes(g.microbatchWeights(count, differentiable: false)).map(\.image) }

    private func scores(_ images: [Tensor], _ weights: [Weights]) -> [Tensor] {
        discriminator(zip(given, images).map { ($0, $1) }, weights).map { $0.scores[0] }
    }

    private func generatorLosses(_ scores: [Tensor], _ images: [Tensor]) -> (adversarial: [Tensor], distance: [Tensor])
    {
        (scores.map { loss.generator($0) }, zip(images, wanted).map { AbsoluteDistance.loss($0, $1) * distanceWeight })
    }

    func forward() -> [String: [Float]] {
        let images = fakes()
        let onFake = scores(images, d.microbatchWeights(count, differentiable: false))
        let onReal = scores(wanted, d.microbatchWeights(count, differentiable: false))
        let (adversarial, distance) = generatorLosses(onFake, images)
        let (fake, real) = (onFake.map { loss.onFake($0) }, onReal.map { loss.onReal($0) })
        return [
            "fake": images.joined, "logits_fake": onFake.joined, "logits_real": onReal.joined,
            "loss_D_fake": fake.averaged, "loss_D_real": real.averaged,
            "loss_D": zip(fake, real).map { ($0 + $1) * 0.5 }.averaged, "loss_G_GAN": adversarial.averaged,
            "loss_G_L1": distance.averaged, "loss_G": zip(adversarial, distance).map { $0 + $1 }.averaged,
        ]
    }

    /// By the moving averages that the file begins with.
    func evaluated() -> [Float] { fakes(given.map { _ in g.weights(differentiable: false) }).map(\.image).joined }

    func generatorGradients() -> [String: [Float]] {
        let weights = g.microbatchWeights(count, differentiable: true)
        func losses(_ images: [Tensor]) -> [Tensor] {
            let scores = scores(images, d.microbatchWeights(count, differentiable: false))
            let (adversarial, distance) = generatorLosses(scores, images)
            return zip(adversarial, distance).map { $0 + $1 }
        }
        let sums = summedGradients(
            of: losses(fakes(weights).map(\.image)), with: weights.map { g.all.variables($0) })
        var found = g.named(sums, microbatches: count)
        let images = fakes().map { $0.variable() }
        found["image"] = imageGradients(of: losses(images), images)
        return found
    }

    func discriminatorGradients() -> [String: [Float]] {
        let (one, two) = (
            d.microbatchWeights(count, differentiable: true), d.microbatchWeights(count, differentiable: true)
        )
        let (onFake, onReal) = (scores(fakes(), one), scores(wanted, two))
        let losses = zip(onFake, onReal).map { (loss.onFake($0) + loss.onReal($1)) * 0.5 }
        let variables = zip(one, two).map { d.all.variables($0) + d.all.variables($1) }
        let sums = summedGradients(of: losses, with: variables)
        let half = sums.count / 2
        let both = (0..<half).map { k in
            guard let a = sums[k], let b = sums[half + k] else { return sums[k] ?? sums[half + k] }
            return a + b
        }
        return d.named(both, microbatches: count)
    }

    func leaveState(ofDiscriminatorStep isDiscriminators: Bool) {
        let made = fakes(g.microbatchWeights(count, differentiable: false))
        g.followNoted(made.map(\.noted))
        for images in isDiscriminators ? [made.map(\.image), wanted] : [made.map(\.image)] {
            let pairs = zip(given, images).map { (condition: $0, image: $1) }
            d.followNoted(discriminator(pairs, d.microbatchWeights(count, differentiable: false)).map(\.noted))
        }
    }
}

/// Of each image, in the mean of the microbatches' losses.
func imageGradients(of losses: [Tensor], _ images: [Tensor]) -> [Float] {
    var found = [[Float]](repeating: [], count: images.count)
    gradients(of: losses, with: images.map { [$0] }) { k, _, gradient in
        found[k] = (gradient?.array ?? []).map { $0 / Float(images.count) }
    }
    return found.flatMap { $0 }
}
