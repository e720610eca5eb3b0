import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Networks of image to image as generators and discriminators among others, with GGDR's decoder on the discriminators.
@Suite struct TranslationConformanceTests {
    /// 64×96
    private static let grid = NetworkGrid(resolution: 64, startHeight: 4, startWidth: 6)

    private struct Pair {
        let generator: any Generator
        let discriminator: any Discriminator
        let first: Int
    }

    private static func pairs(decoder: DecoderShape?) -> [Pair] {
        let pix2pix = Pix2PixShape(
            grid: grid, inputChannels: 3, outputChannels: 1, downs: 5, generatorWidth: 3, discriminatorWidth: 2)
        let oasis = OASISShape(
            grid: grid, imageChannels: 1, classes: 3, zDim: 2, generatorWidth: 2, discriminatorWidth: 2, hidden: 4,
            blocks: 5)
        let ccfpse = CCFPSEShape(
            grid: grid, imageChannels: 1, semantics: 3, generatorWidth: 2, discriminatorWidth: 3, hidden: 3)
        return [
            Pair(
                generator: Pix2PixGenerator(pix2pix), discriminator: PatchDiscriminator(pix2pix, decoder: decoder),
                first: pix2pix.firstDecoded),
            Pair(
                generator: OASISGenerator(oasis), discriminator: OASISDiscriminator(oasis, decoder: decoder),
                first: oasis.firstDecoded),
            Pair(
                generator: CCFPSEGenerator(ccfpse), discriminator: CCFPSEDiscriminator(ccfpse, decoder: decoder),
                first: ccfpse.firstDecoded),
        ]
    }

    private static func map() -> Tensor {
        let rows = (0..<2 * 64 * 96).flatMap { at in (0..<3).map { Float(at / 7 % 3 == $0 ? 1 : 0) } }
        return Tensor(rows, shape: [2, 64, 96, 3])
    }

    private static func parameters(_ declarations: [ParameterDeclaration]) -> Parameters {
        let parameters = Parameters(declarations)
        parameters.initialize(seed: 1, network: 0)
        return parameters
    }

    private static func z(_ generator: any Generator) -> Tensor {
        var samples = Samples(seed: 3)
        return Tensor(samples.floats(2 * generator.zDim), shape: [2, generator.zDim])
    }

    @Test func whatOthersAskOfThem() {
        for pair in Self.pairs(decoder: nil) {
            let (generator, discriminator) = (pair.generator, pair.discriminator)
            #expect(generator.imageSize == MapSize(height: 64, width: 96))
            #expect(discriminator.imageSize == MapSize(height: 64, width: 96))
            #expect(generator.conditionChannels == 3 && generator.imageChannels == 1)
            #expect(generator.labelDim == 0 && generator.styleCount == 0)
            #expect(discriminator.decoder == nil && discriminator.partsThatOthersLack.isEmpty)
            #expect(generator.sizeMultiple.map { 64 % $0 } == 0)
        }
        let latent = CCFPSEShape(grid: Self.grid, semantics: 3, start: .latent(5))
        #expect(CCFPSEGenerator(latent).sizeMultiple == nil && CCFPSEGenerator(latent).zDim == 5)
    }

    /// The scores' summary is a number for each image: a mean, or of OASIS by how much the best class is above what is not
    /// real.
    @Test func summaries() throws {
        for pair in Self.pairs(decoder: nil) {
            let (g, d) = (
                Self.parameters(pair.generator.declarations), Self.parameters(pair.discriminator.declarations)
            )
            let input = GeneratorInput(z: Self.z(pair.generator), labels: nil, condition: Self.map(), noise: .none)
            let made = pair.generator([input], g.microbatchWeights(1, differentiable: false))[0]
            let shown = DiscriminatorInput(image: made.image, labels: nil, condition: Self.map())
            let seen = pair.discriminator([shown], d.microbatchWeights(1, differentiable: false))[0]
            #expect(seen.logits.shape == [2, 1])
            let expected = (0..<2).map { sample in
                let means = seen.scores.map { scores -> Double in
                    let channels = scores.shape[3]
                    let size = scores.count / 2
                    let values = scores.array[sample * size..<(sample + 1) * size].map(Double.init)
                    guard channels > 1 else { return values.reduce(0, +) / Double(size) }
                    let margins = stride(from: 0, to: size, by: channels).map { start in
                        (values[start + 1..<start + channels].max() ?? 0) - values[start]
                    }
                    return margins.reduce(0, +) / Double(margins.count)
                }
                return means.reduce(0, +) / Double(means.count)
            }
            #expect(relativeError(seen.logits.array, expected) < 1e-4)
        }
    }

    /// A decoder begins above the discriminator's last map and ends at the generator's that it is to predict.
    @Test func decoders() throws {
        for (place, pair) in Self.pairs(decoder: DecoderShape(resolution: 32)).enumerated() {
            #expect(pair.first == [16, 8, 8][place])
            let (g, d) = (
                Self.parameters(pair.generator.declarations), Self.parameters(pair.discriminator.declarations)
            )
            let input = GeneratorInput(z: Self.z(pair.generator), labels: nil, condition: Self.map(), noise: .none)
            let made = pair.generator([input], g.microbatchWeights(1, differentiable: false))[0]
            let weights = d.microbatchWeights(1, differentiable: false)
            let shown = DiscriminatorInput(image: made.image, labels: nil, condition: Self.map())
            let seen = pair.discriminator([shown], weights)[0]
            let decoder = try #require(pair.discriminator.decoder)
            let decoded = decoder(seen.features, weights[0])
            let resolutions = [8, 16, 32].filter { $0 >= pair.first }
            #expect(decoded.keys.sorted() == resolutions)
            for r in resolutions { #expect(decoded[r]?.shape == made.features[r]?.shape, "\(r)") }
            #expect(!pair.discriminator.partsThatOthersLack.isEmpty)
        }
    }
}
