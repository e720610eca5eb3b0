import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

/// Shapes, widths and refusals of the networks that make images of images or label maps.
@Suite struct TranslationNetworkTests {
    /// Rectangles: nominal 64 from a start of 4×6 is 64×96.
    private static let grid = NetworkGrid(resolution: 64, startHeight: 4, startWidth: 6)
    private static let batch = 2

    private static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var samples = Samples(seed: seed)
        return Tensor(samples.floats(shape.reduce(1, *)), shape: shape)
    }

    private static func map(_ classes: Int, height: Int = 64, width: Int = 96) -> Tensor {
        let rows = (0..<batch * height * width).flatMap { at in
            (0..<classes).map { Float(at / 7 % classes == $0 ? 1 : 0) }
        }
        return Tensor(rows, shape: [batch, height, width, classes])
    }

    private static func parameters(_ declarations: [ParameterDeclaration]) -> Parameters {
        let parameters = Parameters(declarations)
        parameters.initialize(seed: 1, network: 0)
        return parameters
    }

    /// Names of trained parameters that take no part.
    private static func idle(_ parameters: Parameters, _ weights: Weights, _ loss: Tensor) -> [String] {
        zip(parameters.trained, gradients(of: loss, with: parameters.all.variables(weights))).filter { $1 == nil }
            .map(\.0.name)
    }

    @Test(arguments: FeatureNormalization.Kind.allCases) func pix2pix(_ kind: FeatureNormalization.Kind) {
        let shape = Pix2PixShape(
            grid: Self.grid, inputChannels: 2, outputChannels: 1, downs: 5, generatorWidth: 3, discriminatorWidth: 3,
            normalization: kind)
        let (generator, discriminator) = (Pix2PixGenerator(shape), PatchDiscriminator(shape))
        #expect(generator.looksAtWholeBatch == (kind == .batch))
        let (g, d) = (Self.parameters(generator.declarations), Self.parameters(discriminator.declarations))
        let given = Self.random([2, 64, 96, 2], seed: 1)
        let weights = g.microbatchWeights(1, differentiable: true)
        let made = generator([TranslationInput(condition: given)], weights)[0]
        #expect(made.image.shape == [2, 64, 96, 1])
        #expect(made.features.keys.sorted() == [2, 4, 8, 16, 32])
        for (r, map) in made.features {
            let size = Self.grid.size(at: r)
            #expect(Array(map.shape[1...2]) == [size.height, size.width])
        }
        let weightsOfD = d.microbatchWeights(1, differentiable: true)
        let seen = discriminator([(given, made.image)], weightsOfD)[0]
        // 8×12 patches of 70², and two more convolutions of 4×4 without zeros for all of them.
        #expect(seen.scores.map(\.shape) == [[2, 6, 10, 1]])
        #expect(seen.features.keys.sorted() == [8, 16, 32])
        #expect(Self.idle(g, weights[0], made.image.squared().sum()).isEmpty)
        #expect(Self.idle(d, weightsOfD[0], seen.scores[0].squared().sum()).isEmpty)
    }

    /// The authors' network at 256²: 54.4 million parameters, and 2.77 million of the discriminator.
    @Test func pix2pixOfThePaper() {
        let shape = Pix2PixShape(
            grid: NetworkGrid(resolution: 256), inputChannels: 3, outputChannels: 3, downs: 8)
        func count(_ declarations: [ParameterDeclaration]) -> Int {
            declarations.filter(\.isTrained).map(\.layout.count).reduce(0, +)
        }
        #expect(count(Pix2PixGenerator(shape).declarations) == 54_413_955)
        #expect(count(PatchDiscriminator(shape).declarations) == 2_768_705)
        let sizes = Pix2PixGenerator(shape).dropoutSizes(height: 256, width: 256)
        #expect(sizes.map(\.height) == [4, 8, 16] && sizes.map(\.channels) == [512, 512, 512])
    }

    /// What is dropped is not seen; factors of one change nothing.
    @Test func dropout() throws {
        let shape = Pix2PixShape(
            grid: NetworkGrid(resolution: 128), inputChannels: 1, outputChannels: 1, downs: 6, generatorWidth: 2,
            normalization: .instance)
        let generator = Pix2PixGenerator(shape)
        let g = Self.parameters(generator.declarations)
        let given = Self.random([2, 128, 128, 1], seed: 1)
        let sizes = generator.dropoutSizes(height: 128, width: 128)
        #expect(sizes.count == 1)
        let size = try #require(sizes.first)
        func image(_ factors: [Float]?) -> [Float] {
            let full = [2, size.height, size.width, size.channels]
            let dropout = factors.map { [Tensor($0, shape: full)] }
            let input = TranslationInput(condition: given, dropout: dropout)
            return generator([input], [g.weights(differentiable: false)])[0].image.array
        }
        let count = 2 * size.height * size.width * size.channels
        #expect(image(nil) == image([Float](repeating: 1, count: count)))
        #expect(image(nil) != image((0..<count).map { Float($0 % 3 == 0 ? 0 : 2) }))
    }

    @Test func oasis() {
        let shape = OASISShape(
            grid: Self.grid, imageChannels: 1, classes: 3, zDim: 2, generatorWidth: 2, discriminatorWidth: 2, hidden: 4,
            blocks: 5)
        let (generator, discriminator) = (OASISGenerator(shape), OASISDiscriminator(shape))
        let (g, d) = (Self.parameters(generator.declarations), Self.parameters(discriminator.declarations))
        let weights = g.microbatchWeights(1, differentiable: true)
        let z = Self.random([2, 2], seed: 2)
        let input = TranslationInput(condition: Self.map(3), z: z)
        let made = generator([input], weights)[0]
        #expect(made.image.shape == [2, 64, 96, 1])
        #expect(made.features.keys.sorted() == [4, 8, 16, 32, 64])
        for (r, map) in made.features {
            let size = Self.grid.size(at: r)
            #expect(Array(map.shape[1...2]) == [size.height, size.width])
        }
        // Noise of each pixel, if it is the same at all of them, is noise of the sample.
        let spread = z.reshaped([2, 1, 1, 2]).sum(to: [2, 64, 96, 2])
        let again = generator(
            [TranslationInput(condition: Self.map(3), z: spread)], g.microbatchWeights(1, differentiable: false))[0]
        #expect(again.image.array == made.image.array)

        let weightsOfD = d.weights(differentiable: true)
        let seen = discriminator(made.image, weightsOfD)
        #expect(seen.scores.map(\.shape) == [[2, 64, 96, 4]])
        #expect(seen.features.keys.sorted() == [2, 4, 8, 16, 32])
        #expect(Self.idle(g, weights[0], (made.image * made.image * made.image).sum()).isEmpty)
        #expect(Self.idle(d, weightsOfD, seen.scores[0].squared().sum()).isEmpty)
    }

    /// Widths of the paper's networks, tables D and E.
    @Test func oasisOfThePaper() {
        let shape = OASISShape(grid: NetworkGrid(resolution: 256), classes: 151)
        #expect((0...6).map(shape.generatorChannels(before:)) == [1024, 1024, 1024, 512, 256, 128, 64])
        #expect((0..<6).map(shape.discriminatorChannels(down:)) == [128, 128, 256, 256, 512, 512])
        #expect((0..<6).map(shape.discriminatorChannels(up:)) == [512, 256, 256, 128, 128, 64])
    }

    @Test(arguments: [false, true]) func ccfpse(startsFromMap: Bool) {
        let shape = CCFPSEShape(
            grid: Self.grid, imageChannels: 1, semantics: 3, start: startsFromMap ? .map : .latent(5),
            generatorWidth: 2, discriminatorWidth: 2, hidden: 3)
        let (generator, discriminator) = (CCFPSEGenerator(shape), CCFPSEDiscriminator(shape))
        let (g, d) = (Self.parameters(generator.declarations), Self.parameters(discriminator.declarations))
        let weights = g.microbatchWeights(1, differentiable: true)
        let z = startsFromMap ? nil : Self.random([2, 5], seed: 2)
        let made = generator([TranslationInput(condition: Self.map(3), z: z)], weights)[0]
        #expect(made.image.shape == [2, 64, 96, 1])
        #expect(made.features.keys.sorted() == [2, 4, 8, 16, 32, 64])
        let weightsOfD = d.weights(differentiable: true)
        let seen = discriminator(made.image, semantics: Self.map(3), weightsOfD)
        #expect(seen.scores.map(\.shape) == [[2, 16, 24, 1], [2, 8, 12, 1], [2, 4, 6, 1]])
        #expect(seen.features.keys.sorted() == [2, 4, 8, 16, 32])
        #expect(discriminator.matchedResolutions == [16, 8, 4, 2])
        #expect(Self.idle(g, weights[0], (made.image * made.image * made.image).sum()).isEmpty)
        let sum = seen.scores.dropFirst().reduce(seen.scores[0].squared().sum()) { $0 + $1.squared().sum() }
        #expect(Self.idle(d, weightsOfD, sum).isEmpty)
    }

    @Test func edgesOfInstances() {
        let instances: [Int32] = [1, 1, 2, 1, 1, 2, 1, 1, 1]
        #expect(InstanceEdges.of(instances, height: 3, width: 3) == [0, 1, 1, 0, 1, 1, 0, 0, 1])
        // Images beside one another have nothing to do with each other.
        #expect(InstanceEdges.of([1, 1, 2, 2], height: 1, width: 2) == [0, 0, 0, 0])
    }
}
