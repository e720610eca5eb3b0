import Autodiff
import Kernels
import Layers
import Learning
import Models
import NumericalTesting
import Testing

/// Attention and spectral normalisation in the networks of the other families.
@Suite struct AttendingNetworksTests {
    enum Family: String, CaseIterable, Sendable { case styleGAN2, progressive }

    /// 16² networks of a family, whatever starts as a constant moved away from it.
    private struct Pair {
        let generator: any GrowingGenerator
        let discriminator: any GrowingDiscriminator
        let g: Parameters
        let d: Parameters

        init(_ family: Family, _ extras: NetworkExtras, memory: ActivationMemory = .full, isMoved: Bool = true) {
            // The discriminator has no map at the resolution of the images.
            var below = extras
            below.attention.removeAll { $0 == 16 }
            switch family {
            case .styleGAN2:
                let shape = StyleGAN2Shape(
                    resolution: 16, imageChannels: 3, zDim: 6, wDim: 8, mappingLayers: 1, channelBase: 128,
                    channelMax: 16, clamp: nil)
                generator = StyleGAN2Generator(shape, extras: extras, memory: memory)
                discriminator = StyleGAN2Discriminator(
                    shape, extras: below, architecture: .resnet, minibatchGroup: 2,
                    decoder: DecoderShape(resolution: 8), memory: memory,
                    grows: true)
            case .progressive:
                let shape = ProgressiveShape(
                    resolution: 16, imageChannels: 3, zDim: 6, channelBase: 128, channelMax: 16)
                generator = ProgressiveGenerator(shape, extras: extras, memory: memory)
                discriminator = ProgressiveDiscriminator(
                    shape, extras: below, decoder: DecoderShape(resolution: 8), memory: memory)
            }
            g = Parameters(generator.declarations)
            d = Parameters(discriminator.declarations)
            for (network, parameters) in [g, d].enumerated() {
                parameters.initialize(seed: 1, network: UInt32(network))
                guard isMoved else { continue }
                var samples = Samples(seed: UInt64(5 + network))
                for entry in parameters.trained where Set(parameters.view(entry).array).count == 1 {
                    let values = zip(parameters.view(entry).array, samples.floats(entry.count)).map { $0 + $1 / 2 }
                    Elementwise.copy(BufferView(values), into: parameters.view(entry))
                }
                parameters.didChange()
            }
        }

        var input: GeneratorInput {
            var samples = Samples(seed: 3)
            return GeneratorInput(z: Tensor(samples.floats(24, -2...2), shape: [4, 6]), labels: nil, noise: .constant)
        }

        func generated(at level: GrowthLevel, _ weights: Weights? = nil) -> GeneratorOutput {
            let generator = generator.at(level)
            return generator(input, weights ?? g.weights(differentiable: false))
        }

        func judged(_ image: Tensor, at level: GrowthLevel, _ weights: Weights? = nil) -> DiscriminatorOutput {
            let discriminator = discriminator.at(level)
            return discriminator(image, labels: nil, weights ?? d.weights(differentiable: false))
        }

        static func image(_ side: Int, seed: UInt64 = 9) -> Tensor {
            var samples = Samples(seed: seed)
            return Tensor(samples.floats(4 * side * side * 3), shape: [4, side, side, 3])
        }
    }

    static let levels = [
        GrowthLevel(resolution: 4), GrowthLevel(resolution: 8, fade: 0.5), GrowthLevel(resolution: 8),
        GrowthLevel(resolution: 16, fade: 0.25), GrowthLevel(resolution: 16),
    ]
    static let last = GrowthLevel(resolution: 16)
    static let kinds: [NetworkExtras.Kind] = [.attention, .residual]

    /// At first what attends changes nothing, and networks that have none can be transferred to ones that do.
    @Test(arguments: Family.allCases, kinds) func itStartsAsNothing(_ family: Family, _ kind: NetworkExtras.Kind) throws
    {
        let with = Pair(family, NetworkExtras(attention: [4, 8], attentionBlock: kind), isMoved: false)
        let without = Pair(family, .none, isMoved: false)
        for (a, b, lacked) in [
            (with.g, without.g, with.generator.partsThatOthersLack),
            (with.d, without.d, with.discriminator.partsThatOthersLack),
        ] {
            let names = Set(a.declarations.map(\.name)).subtracting(b.declarations.map(\.name))
            #expect(!names.isEmpty && names.isSubset(of: lacked))
            for entry in b.trained + b.untrained {
                let target = try #require(a.entry(named: entry.name))
                Elementwise.copy(b.view(entry), into: a.view(target))
            }
            a.didChange()
        }
        let (fake, plain) = (with.generated(at: Self.last), without.generated(at: Self.last))
        #expect(fake.image.array == plain.image.array)
        let image = Pair.image(16)
        #expect(with.judged(image, at: Self.last).logits.array == without.judged(image, at: Self.last).logits.array)
        #expect(plain.attention.isEmpty)
        #expect(fake.attention.keys.sorted() == (kind == .attention ? [4, 8] : []))
    }

    /// What is named as taking part is what has gradients, at every level of growth, and all that the networks read.
    @Test(arguments: Family.allCases, levels)
    func activeParametersAreThoseWithGradients(_ family: Family, _ level: GrowthLevel) throws {
        let pair = Pair(family, NetworkExtras(spectralNorm: true, attention: [4, 8]))
        let generator = pair.generator.at(level)
        let discriminator = pair.discriminator.at(level)
        let selections = (
            pair.g.selection(generator.activeParameters), pair.d.selection(discriminator.activeParameters)
        )
        pair.g.advance(selections.0)
        pair.d.advance(selections.1)
        let weights = (
            pair.g.weights(differentiable: true, selections.0), pair.d.weights(differentiable: true, selections.1)
        )
        let fake = pair.generated(at: level, weights.0)
        let seen = pair.judged(fake.image, at: level, weights.1)
        #expect(fake.attention.keys.sorted() == [4, 8].filter { $0 <= level.resolution })
        #expect(seen.attention.keys.sorted() == [4, 8].filter { 2 * $0 <= level.resolution })
        for (r, projections) in fake.attention {
            #expect([projections.queryGrid.height, projections.queryGrid.width] == [r, r])
        }
        var loss = seen.logits.squared().mean()
        if let decoder = discriminator.decoder {
            let decoded = try #require(decoder(seen.features, weights.1)[8])
            loss = loss + FeatureDistance.cosine(decoded: decoded, target: try #require(fake.features[8]))
        }
        let entries = selections.0.entries + selections.1.entries
        let variables = selections.0.variables(weights.0) + selections.1.variables(weights.1)
        for (entry, gradient) in zip(entries, gradients(of: loss, with: variables)) {
            let values = try #require(gradient, "\(entry.name)").array
            #expect(values.contains { $0 != 0 }, "\(entry.name)")
        }
    }

    /// All of the old resolution is that resolution, also where it is attended to.
    @Test(arguments: Family.allCases) func aFadeStartsWhereTheOldResolutionEnded(_ family: Family) {
        let pair = Pair(family, NetworkExtras(attention: [8]))
        let (old, new) = (GrowthLevel(resolution: 8), GrowthLevel(resolution: 16, fade: 1))
        let (small, large) = (pair.generated(at: old).image, pair.generated(at: new).image)
        #expect(relativeError(large.array, small.nearestUpsampled().array) < 1e-6)
    }

    /// Norms of what layers use are their gains; GGDR's decoder has none.
    @Test(arguments: Family.allCases) func normsOfWhatLayersUse(_ family: Family) throws {
        let pair = Pair(family, NetworkExtras(spectralNorm: true, attention: [8]))
        for parameters in [pair.g, pair.d] {
            for _ in 0..<100 { parameters.advance() }
            let weights = parameters.weights(differentiable: false)
            var count = 0
            for entry in parameters.trained where entry.declaration.reparametrization != nil {
                let w = weights[entry.handle]
                let norm = MatrixNorm.largest(w.array.map(Double.init), columns: w.shape[w.rank - 1])
                #expect(abs(norm / Double(entry.declaration.scale) - 1) < 0.02, "\(entry.name): \(norm)")
                count += 1
            }
            #expect(count > 8)
            #expect(
                parameters.trained.filter { $0.name.hasSuffix("_dec.weight") }
                    .allSatisfy { $0.declaration.reparametrization == nil })
        }
        // Images and scores keep their size.
        let fake = pair.generated(at: Self.last)
        let deviation = (innerProduct(fake.image.array, fake.image.array) / Double(fake.image.count)).squareRoot()
        #expect(deviation > 0.02 && deviation < 5, "\(deviation)")
        let score = pair.judged(Pair.image(16), at: Self.last).logits.array
        #expect(score.allSatisfy { abs($0) < 100 && $0.isFinite })
    }

    /// Blocks that are computed again have the bits of blocks that are kept, also at second order.
    @Test(arguments: Family.allCases) func memoryDoesNotChangeBits(_ family: Family) {
        func bits(_ memory: ActivationMemory) -> [UInt32] {
            let pair = Pair(family, NetworkExtras(spectralNorm: true, attention: [4, 8]), memory: memory)
            let weights = (pair.g.weights(differentiable: true), pair.d.weights(differentiable: true))
            let fake = pair.generated(at: Self.last, weights.0)
            let ofG = gradients(
                of: pair.judged(fake.image, at: Self.last).logits.sum(), with: pair.g.all.variables(weights.0))
            let penalty = SlopePenalty.squaredSlope(at: Pair.image(16)) {
                pair.judged($0, at: Self.last, weights.1).logits
            }
            let ofD = gradients(of: penalty, with: pair.d.all.variables(weights.1))
            let maps = fake.attention.keys.sorted().compactMap { fake.attention[$0] }
            return ((ofG + ofD).compactMap { $0?.array } + maps.flatMap { [$0.queries.array, $0.keys.array] })
                .flatMap { $0.map(\.bitPattern) }
        }
        let full = bits(.full)
        #expect(full.contains { $0 & 0x7fff_ffff != 0 })
        #expect(full == bits(.checkpointing))
    }

    /// Gradients of gradients through attention: R1 and WGAN-GP in the discriminator, the path length in the
    /// generator, along their gradient in what the attention stores.
    @Test(arguments: SecondOrder.allCases) fileprivate func secondOrder(_ test: SecondOrder) throws {
        // Behind the last map of the generator nothing has a kink; behind that of the discriminator biases keep away from
        // theirs.
        let pair = Pair(
            test.family, NetworkExtras(attention: [test == .pathLength ? 16 : 4], attentionPools: false))
        for entry in pair.d.trained where entry.count > 1 && entry.name.hasSuffix("bias") {
            guard ["b4.conv", "b4.fc", "4x4/Conv", "4x4/Dense0"].contains(where: entry.name.hasPrefix) else { continue }
            let biases = (0..<entry.count).map { Float($0 % 2 == 0 ? 8 : -8) }
            Elementwise.copy(BufferView(biases), into: pair.d.view(entry))
        }
        pair.d.didChange()
        let parameters = test == .pathLength ? pair.g : pair.d
        func penalty(_ differentiable: Bool) -> (Tensor, [Tensor]) {
            let weights = parameters.weights(differentiable: differentiable)
            let variables = parameters.all.variables(weights)
            switch test {
            case .r1, .r1OfStyleGAN2:
                let value = SlopePenalty.squaredSlope(at: Pair.image(16)) {
                    pair.judged($0, at: Self.last, weights).logits
                }
                return (value, variables)
            case .gradientPenalty:
                let (value, _) = GradientPenalty()(
                    real: Pair.image(16), fake: Pair.image(16, seed: 10),
                    mix: Tensor(repeating: 0.25, shape: [4, 1, 1, 1]), finalResolution: 16
                ) { pair.judged($0, at: Self.last, weights).logits }
                return (value.mean(), variables)
            case .pathLength:
                guard let generator = pair.generator as? StyleGAN2Generator else {
                    preconditionFailure("only StyleGAN2 has styles")
                }
                let w = generator.mapping(pair.input.z, labels: nil, weights)
                let styles = generator.broadcast(w).detached().variable()
                let image = generator.synthesize(ws: styles, noise: .constant, weights).image
                let (value, _) = PathLengthRegularization(decay: 0.01)(
                    image: image, styles: styles, noise: Pair.image(16), tracked: 0.1)
                return (value, variables)
            }
        }
        let (value, variables) = penalty(true)
        let flat = BufferView(count: parameters.values.count)
        parameters.flatten(gradients(of: value, with: variables), into: flat)
        let found = flat.array
        let stored = parameters.values.array
        let own = parameters.trained.filter { $0.name.lowercased().contains("attention") }
        #expect(own.count == 5)
        var lengths: [String: Double] = [:]
        for entry in own where entry.count > 1 {
            let range = entry.offset..<entry.offset + entry.count
            let gradient = Array(found[range])
            let length = innerProduct(gradient, gradient).squareRoot()
            func at(_ step: Double) -> Double {
                var moved = stored
                for i in range { moved[i] = Float(Double(moved[i]) + step * Double(found[i]) / length) }
                Elementwise.copy(BufferView(moved), into: parameters.values)
                parameters.didChange()
                return Double(penalty(false).0.scalar)
            }
            // A long step sees the curvature, a short one the last bits.
            let errors = [0x1p-1, 0x1p-2, 0x1p-3, 0x1p-4, 0x1p-5].map { step in
                let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
                return abs(slope - length) / length
            }
            let least = errors.min() ?? .infinity
            #expect(least < 1e-3, "\(entry.name), \(length): \(errors)")
            lengths[entry.name] = length
        }
        // What the block adds hangs on the product of the gain and the last weight: so do both gradients.
        let gain = try #require(own.first { $0.name.hasSuffix("gain") })
        let output = try #require(own.first { $0.name.contains("output") })
        let range = output.offset..<output.offset + output.count
        let byWeight = innerProduct(Array(found[range]), Array(stored[range]))
        let byGain = Double(found[gain.offset]) * Double(stored[gain.offset])
        let size = innerProduct(Array(stored[range]), Array(stored[range])).squareRoot() * (lengths[output.name] ?? 0)
        #expect(abs(byGain - byWeight) < 1e-4 * size, "\(byGain), \(byWeight)")
    }

    fileprivate enum SecondOrder: String, CaseIterable, Sendable {
        case r1, r1OfStyleGAN2, gradientPenalty, pathLength

        var family: Family { self == .r1 || self == .gradientPenalty ? .progressive : .styleGAN2 }
    }

    /// The networks say where they could have attention.
    @Test func whereAttentionCanBe() {
        let style = StyleGAN2Shape(
            resolution: 32, imageChannels: 3, zDim: 4, wDim: 4, mappingLayers: 1, channelBase: 64, channelMax: 8)
        #expect(StyleGAN2Generator.attentionResolutions(style) == [4, 8, 16, 32])
        #expect(StyleGAN2Discriminator.attentionResolutions(style) == [4, 8, 16])
        let growing = ProgressiveShape(resolution: 16, imageChannels: 3, zDim: 4, channelBase: 64, channelMax: 8)
        #expect(ProgressiveGenerator.attentionResolutions(growing) == [4, 8, 16])
        #expect(ProgressiveDiscriminator.attentionResolutions(growing) == [4, 8])
        let sagan = SAGANShape(resolution: 32, imageChannels: 3, zDim: 4, channelBase: 64, channelMax: 8)
        #expect(SAGANGenerator.attentionResolutions(sagan) == [8, 16, 32])
        #expect(SAGANDiscriminator.attentionResolutions(sagan) == [4, 8, 16])
    }
}
