import Autodiff
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// StyleGAN2 with GGDR at levels of growth below the last (arXiv 1710.10196, figure 2).
@Suite struct GrowingStyleGAN2Tests {
    private static let shape = StyleGAN2Shape(
        resolution: 32, imageChannels: 3, zDim: 8, wDim: 8, mappingLayers: 1, channelBase: 128, channelMax: 12)
    private static let levels = [
        GrowthLevel(resolution: 4), GrowthLevel(resolution: 8, fade: 0.7), GrowthLevel(resolution: 8),
        GrowthLevel(resolution: 16, fade: 0.25), GrowthLevel(resolution: 16), GrowthLevel(resolution: 32, fade: 1),
        GrowthLevel(resolution: 32),
    ]

    private let generator = StyleGAN2Generator(Self.shape)
    private let discriminator: StyleGAN2Discriminator
    private let g: Parameters
    private let d: Parameters
    private let input: GeneratorInput

    init() {
        discriminator = StyleGAN2Discriminator(
            Self.shape, architecture: .resnet, minibatchGroup: 2, decoder: DecoderShape(resolution: 8), grows: true)
        g = Parameters(generator.declarations)
        d = Parameters(discriminator.declarations)
        g.initialize(seed: 1, network: 0)
        d.initialize(seed: 1, network: 1)
        let z = Tensor((0..<32).map { Float($0 * 37 % 23) / 8 - 1.3 }, shape: [4, 8])
        input = GeneratorInput(z: z, labels: nil, noise: .constant)
    }

    private func image(_ level: GrowthLevel) -> Tensor {
        generator.at(level)(input, g.weights(differentiable: false)).image
    }

    private func score(_ image: Tensor, _ level: GrowthLevel) -> [Float] {
        discriminator.at(level)(image, labels: nil, d.weights(differentiable: false)).logits.array
    }

    @Test(arguments: levels) func sizes(_ level: GrowthLevel) {
        let fake = generator.at(level)(input, g.weights(differentiable: false))
        let side = level.resolution
        #expect(fake.image.shape == [4, side, side, 3])
        #expect(fake.features[side]?.shape == [4, side, side, Self.shape.channels(side)])
        #expect(fake.styles?.shape == [4, 2 * (side.trailingZeroBitCount - 1), 8])
        let seen = discriminator.at(level)(fake.image, labels: nil, d.weights(differentiable: false))
        #expect(seen.logits.shape == [4, 1])
        #expect(seen.features[4]?.shape == [4, 4, 4, Self.shape.channels(4)])
    }

    /// Nothing jumps when a fade starts: the new layers have no share yet.
    @Test(arguments: [8, 16, 32]) func aFadeStartsWhereTheOldResolutionEnded(_ resolution: Int) {
        let (old, new) = (GrowthLevel(resolution: resolution / 2), GrowthLevel(resolution: resolution, fade: 1))
        let (small, large) = (image(old), image(new))
        #expect(relativeError(large.array, small.nearestUpsampled().array) < 1e-6)
        #expect(relativeError(score(large, new), score(small, old)) < 1e-5)
    }

    /// Images and scores are linear in the share.
    @Test func aFadeIsAMixture() {
        let share: Float = 0.3
        func level(_ fade: Float) -> GrowthLevel { GrowthLevel(resolution: 16, fade: fade) }
        let mixed = image(level(0)) * (1 - share) + image(level(1)) * share
        #expect(relativeError(image(level(share)).array, mixed.array) < 1e-6)
        #expect(relativeError(image(level(0)).array, image(level(1)).array) > 0.1)
    }

    /// The same networks without growth: fewer parameters, the same result.
    @Test func fullyGrownItIsTheNetworkThatNeverGrew() throws {
        let plain = StyleGAN2Discriminator(
            Self.shape, architecture: .resnet, minibatchGroup: 2, decoder: DecoderShape(resolution: 8))
        let parameters = Parameters(plain.declarations)
        for entry in parameters.trained {
            let source = try #require(d.entry(named: entry.name))
            Elementwise.copy(d.view(source), into: parameters.view(entry))
        }
        parameters.didChange()
        let level = GrowthLevel(resolution: 32)
        let fake = image(level)
        #expect(
            plain(fake, labels: nil, parameters.weights(differentiable: false)).logits.array
                == score(fake, level))
        #expect(Set(plain.declarations.map(\.name)) == plain.activeParameters)
        #expect(Set(plain.declarations.map(\.name)) == discriminator.activeParameters)
        let extra = Set(discriminator.declarations.map(\.name)).subtracting(plain.declarations.map(\.name))
        #expect(
            extra == Set([4, 8, 16].flatMap { ["b\($0).fromrgb.weight", "b\($0).fromrgb.bias"] }))
    }

    /// What is named as taking part is what has gradients, and all that the networks read.
    @Test(arguments: levels) func activeParametersAreThoseWithGradients(_ level: GrowthLevel) throws {
        let (activeG, activeD) = (
            g.selection(generator.at(level).activeParameters), d.selection(discriminator.at(level).activeParameters)
        )
        let (weightsG, weightsD) = (
            g.weights(differentiable: true, activeG), d.weights(differentiable: true, activeD)
        )
        let fake = generator.at(level)(input, weightsG)
        let seen = discriminator.at(level)(fake.image, labels: nil, weightsD)
        var loss = seen.logits.squared().mean()
        let guide = discriminator.at(level).decoder
        #expect((guide != nil) == (level.resolution >= 8))
        if let decoder = guide {
            loss =
                loss
                + FeatureDistance.cosine(
                    decoded: try #require(decoder(seen.features, weightsD)[8]),
                    target: try #require(fake.features[8]))
        }
        let variables = activeG.variables(weightsG) + activeD.variables(weightsD)
        for (entry, gradient) in zip(activeG.entries + activeD.entries, gradients(of: loss, with: variables)) {
            let values = try #require(gradient, "\(entry.name)").array
            // At the end of a fade the new layers have no share, and at 1 the gradient of what they add is zero.
            if level.fade < 1 { #expect(values.contains { $0 != 0 }, "\(entry.name)") }
        }
    }
}
