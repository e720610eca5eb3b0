import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

@Suite struct R3GANTests {
    static let batch = 2
    static let conditions: [ConditionKind?] = [nil, .classes, .classesOrNone, .vector]

    private static func shape(_ condition: ConditionKind? = nil, regression: Int = 0) -> R3GANShape {
        R3GANShape(
            stages: [.init(width: 12, groups: 3, blocks: 1), .init(width: 12, groups: 3), .init(width: 8, groups: 2)],
            startHeight: 6, imageChannels: 2, zDim: 5, labelDim: condition == nil ? 0 : 3, generatorEmbedding: 4,
            condition: condition ?? .classes, regressionDim: regression)
    }

    /// Networks with random parameters, and inputs.
    private struct Pair {
        let generator: R3GANGenerator
        let discriminator: R3GANDiscriminator
        let g: Parameters
        let d: Parameters
        let input: GeneratorInput

        init(_ shape: R3GANShape, memory: ActivationMemory = .full) {
            generator = R3GANGenerator(shape, memory: memory)
            discriminator = R3GANDiscriminator(
                shape, decoder: DecoderShape(resolution: 16),
                maps: LabelMapShape(DecoderShape(resolution: 8), classes: 3), memory: memory)
            (g, d) = (Parameters(generator.declarations), Parameters(discriminator.declarations))
            var samples = Samples(seed: 1)
            // Those that start at zero, too.
            for parameters in [g, d] {
                Elementwise.copy(
                    BufferView(samples.floats(parameters.values.count, -0.5...0.5)), into: parameters.values)
                parameters.didChange()
            }
            let n = R3GANTests.batch
            let z = Tensor(samples.floats(n * shape.zDim), shape: [n, shape.zDim])
            // A class, and none; or numbers.
            let rows: [Float] =
                shape.condition == .vector
                ? [0.5, -0.25, 1, -0.75, 0.125, 1]
                : [0, 1, 0] + (shape.condition == .classes ? [1, 0, 0] : [0, 0, 0])
            input = GeneratorInput(
                z: z, labels: shape.labelDim > 0 ? Tensor(rows, shape: [n, 3]) : nil, noise: .none)
        }
    }

    /// Maps, images and scores of images that are no squares; whatever decodes the discriminator's maps has the generator's
    /// sizes.
    @Test(arguments: conditions) func shapes(_ condition: ConditionKind?) throws {
        let shape = Self.shape(condition, regression: 2)
        let pair = Pair(shape)
        #expect(pair.generator.imageSize == MapSize(height: 24, width: 16))
        #expect(pair.discriminator.imageSize == MapSize(height: 24, width: 16))
        let made = pair.generator(pair.input, pair.g.weights(differentiable: false))
        let n = Self.batch
        #expect(made.image.shape == [n, 24, 16, 2] && made.styles == nil)
        #expect(
            made.features.mapValues(\.shape) == [4: [n, 6, 4, 12], 8: [n, 12, 8, 12], 16: [n, 24, 16, 8]])
        let weights = pair.d.weights(differentiable: false)
        let seen = pair.discriminator(made.image, labels: pair.input.labels, weights)
        #expect(seen.logits.shape == [n, 1] && seen.regression?.shape == [n, 2])
        #expect(seen.features.mapValues(\.shape) == [4: [n, 6, 4, 12], 8: [n, 12, 8, 12]])
        let decoder = try #require(pair.discriminator.decoder)
        #expect(decoder(seen.features, weights).mapValues(\.shape) == [8: [n, 12, 8, 12], 16: [n, 24, 16, 8]])
        let maps = try #require(pair.discriminator.labelDecoder)
        #expect(maps(seen.features, weights).shape == [n, 12, 8, 3])
    }

    /// What hangs on the discriminator beside its score, and what stands for no class, may be missing elsewhere; of what is
    /// left only the embeddings are there for labels.
    @Test func names() {
        let plain = Pair(Self.shape())
        let pair = Pair(Self.shape(.classesOrNone, regression: 2))
        let beside = pair.discriminator.partsThatOthersLack
        #expect(beside.isSuperset(of: ["EmbeddingLayer.none", "MainLayers.2.Layers.1.Regression.weight"]))
        #expect(beside.contains { $0.hasPrefix("b16_dec") } && beside.contains { $0.hasPrefix("map_head") })
        func names(_ network: any Discriminator) -> Set<String> {
            Set(network.declarations.map(\.name)).subtracting(network.partsThatOthersLack)
        }
        #expect(
            names(pair.discriminator).subtracting(names(plain.discriminator)) == ["EmbeddingLayer.weight"])
        let generators = [pair.generator, plain.generator].map { Set($0.declarations.map(\.name)) }
        #expect(generators[0].subtracting(generators[1]) == ["EmbeddingLayer.weight"])
        #expect(generators[1].isSubset(of: generators[0]))
    }

    /// Labels change images and scores, none of them, too; numbers do not change scores linearly.
    @Test(arguments: conditions) func labels(_ condition: ConditionKind?) throws {
        guard condition != nil else { return }
        let pair = Pair(Self.shape(condition))
        let weights = pair.d.weights(differentiable: false)
        let image = pair.generator(pair.input, pair.g.weights(differentiable: false)).image
            .slice(axis: 0, start: 0, length: 1)
        func score(_ label: [Float]) -> Float {
            pair.discriminator(image, labels: Tensor(label, shape: [1, 3]), weights).logits.scalar
        }
        let labels: [[Float]] =
            switch condition {
            case .classesOrNone: [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
            case .vector: [[-1, 0, 1], [0, 0, 1], [1, 0, 1]]
            default: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
            }
        let scores = labels.map(score)
        #expect(Set(scores).count == 3 && scores.allSatisfy { $0 != 0 })
        if condition == .vector { #expect(abs(scores[0] + scores[2] - 2 * scores[1]) > 1e-3 * abs(scores[1])) }
        var other = pair.input
        other.labels = other.labels.map { Tensor([0, 0, 1] + $0.array.dropFirst(3), shape: $0.shape) }
        let made = [pair.input, other].map { pair.generator($0, pair.g.weights(differentiable: false)).image.array }
        #expect(made[0] != made[1])
        let half = made[0].count / 2
        #expect(made[0].suffix(half) == made[1].suffix(half))
    }

    /// Blocks that are computed again give the same bits, at both orders.
    @Test func memory() {
        let results = [ActivationMemory.full, .checkpointing].map { memory -> [[Float]] in
            let pair = Pair(Self.shape(.classes), memory: memory)
            let weights = (g: pair.g.weights(differentiable: true), d: pair.d.weights(differentiable: true))
            let made = pair.generator(pair.input, weights.g).image
            let image = made.detached().variable()
            let slope = gradients(
                of: pair.discriminator(image, labels: pair.input.labels, weights.d).logits.sum(), with: [image],
                recording: true)[0]
            let penalty = slope.map { $0.squared().sum() } ?? Tensor(0)
            let score = pair.discriminator(made, labels: pair.input.labels, weights.d).logits.sum()
            let variables = pair.g.all.variables(weights.g) + pair.d.all.variables(weights.d)
            return gradients(of: score + penalty, with: variables).map { $0?.array ?? [] }
        }
        #expect(results[0] == results[1])
        #expect(results[0].contains { !$0.isEmpty })
    }
}
