import Autodiff
import GoldenTesting
import Kernels
import Layers
import Models
import NumericalTesting
import Testing

@Suite struct SAGANTests {
    static let resolutions = [8, 16, 32, 64, 128, 256]
    static let kinds: [NetworkExtras.Kind] = [.attention, .residual]
    static let classes = [0, 3]

    @Test(arguments: resolutions, classes) func shapes(_ resolution: Int, classes: Int) throws {
        let shape = SAGANPair.shape(resolution, classes: classes, channels: classes == 0 ? 1 : 3)
        let (attended, seen) = (resolution, resolution / 2)
        let pair = SAGANPair(
            shape, generator: NetworkExtras(spectralNorm: true, attention: [min(attended, 32)]),
            discriminator: NetworkExtras(spectralNorm: true, attention: [min(seen, 32)]),
            decoder: DecoderShape(resolution: resolution))
        #expect(pair.generator.looksAtWholeBatch && pair.generator.resolution == resolution)
        let n = SAGANPair.batch
        for fake in pair.generated() {
            #expect(fake.image.shape == [n, resolution, resolution, shape.imageChannels])
            #expect(fake.image.array.allSatisfy { abs($0) <= 1 })
            #expect(Array(fake.features.keys).sorted() == shape.generatorResolutions)
            for (r, map) in fake.features { #expect(map.shape == [n, r, r, shape.generatorChannels(r)]) }
            let at = min(attended, 32)
            #expect(Array(fake.attention.keys) == [at])
            let projections = try #require(fake.attention[at])
            let (queryGrid, keyGrid) = (projections.queryGrid, projections.keyGrid)
            #expect([queryGrid.height, queryGrid.width] == [at, at])
            #expect([keyGrid.height, keyGrid.width] == [at / 2, at / 2])
            #expect(projections.queries.shape == [n, at * at, max(1, shape.generatorChannels(at) / 8)])
            #expect(projections.keys.shape == [n, at * at / 4, max(1, shape.generatorChannels(at) / 8)])

            let output = pair.judged(fake.image)
            #expect(output.logits.shape == [n, 1])
            #expect(Array(output.features.keys).sorted() == shape.discriminatorResolutions.reversed())
            for (r, map) in output.features { #expect(map.shape == [n, r, r, shape.discriminatorChannels(r)]) }
            #expect(Array(output.attention.keys) == [min(seen, 32)])
            let decoder = try #require(pair.discriminator.decoder)
            let decoded = decoder(output.features, pair.d.weights(differentiable: false))
            for (r, map) in decoded { #expect(map.shape == fake.features[r]?.shape, "\(r)") }
            #expect(Array(decoded.keys).sorted() == shape.generatorResolutions)
        }
    }

    /// Widths of the paper's networks at 128²: gf_dim = df_dim = 64.
    @Test func widthsOfThePaper() {
        let shape = SAGANShape(
            resolution: 128, imageChannels: 3, zDim: 128, labelDim: 1000, channelBase: 64 * 128, channelMax: 16 * 64)
        #expect(([4] + shape.generatorResolutions).map(shape.generatorChannels) == [1024, 1024, 512, 256, 128, 64])
        #expect(shape.discriminatorResolutions == [64, 32, 16, 8, 4])
        #expect(shape.discriminatorResolutions.map(shape.discriminatorChannels) == [64, 128, 256, 512, 1024])
    }

    /// Without classes a batch normalisation has a gain and a bias of its own, and the score no projection.
    @Test func namesWithoutClasses() {
        let pair = SAGANPair(SAGANPair.shape(8, classes: 0))
        #expect(
            pair.g.trained.map(\.name) == [
                "g_snh0/Matrix", "g_snh0/bias", "g_block1/bn_0/gamma", "g_block1/bn_0/beta", "g_block1/snconv1/w",
                "g_block1/snconv1/biases", "g_block1/bn_1/gamma", "g_block1/bn_1/beta", "g_block1/snconv2/w",
                "g_block1/snconv2/biases", "g_block1/snconv3/w", "g_block1/snconv3/biases", "g_bn/gamma", "g_bn/beta",
                "g_snconv_last/w", "g_snconv_last/biases",
            ])
        #expect(
            pair.g.untrained.map(\.name) == [
                "g_block1/bn_0/mean", "g_block1/bn_0/var", "g_block1/bn_1/mean", "g_block1/bn_1/var",
                "g_bn/moving_mean", "g_bn/moving_variance",
            ])
        #expect(
            pair.d.trained.map(\.name) == [
                "d_optimized_block1/sn_conv1/w", "d_optimized_block1/sn_conv1/biases", "d_optimized_block1/sn_conv2/w",
                "d_optimized_block1/sn_conv2/biases", "d_optimized_block1/sn_conv3/w",
                "d_optimized_block1/sn_conv3/biases", "d_block2/sn_conv1/w", "d_block2/sn_conv1/biases",
                "d_block2/sn_conv2/w", "d_block2/sn_conv2/biases", "d_sn_linear/Matrix", "d_sn_linear/bias",
            ])
    }

    /// What attends is told by its resolution, but where the authors have it.
    @Test(arguments: kinds) func namesOfAttention(_ kind: NetworkExtras.Kind) {
        let extras = NetworkExtras(attention: [16, 32], attentionBlock: kind)
        let pair = SAGANPair(SAGANPair.shape(64), generator: extras, discriminator: extras)
        let stem = kind == .attention ? "non_local" : "residual"
        func parts(_ names: Set<String>) -> Set<String> {
            Set(names.compactMap { $0.split(separator: "/").first.map(String.init) })
        }
        #expect(parts(pair.generator.partsThatOthersLack) == ["g_\(stem)", "g_\(stem)_16"])
        #expect(parts(pair.discriminator.partsThatOthersLack) == ["d_\(stem)", "d_\(stem)_16"])
        let attended = Array(pair.generated()[0].attention.keys).sorted()
        #expect(attended == (kind == .attention ? [16, 32] : []))
    }

    /// A microbatch alone goes by the moving averages, whoever it is made with.
    @Test func oneMicrobatchAlone() {
        let pair = SAGANPair(SAGANPair.shape(16), generator: NetworkExtras(spectralNorm: true, attention: [8]))
        let together = pair.generated()
        #expect(together.allSatisfy { $0.noted.count == pair.g.trackedCount })
        let weights = pair.g.weights(differentiable: false)
        let alone = pair.inputs.map { pair.generator($0, weights).image }
        let joined = GeneratorInput(
            z: .concatenated(pair.inputs.map(\.z), axis: 0),
            labels: .concatenated(pair.inputs.compactMap(\.labels), axis: 0), noise: .none)
        let expected = pair.generator(joined, weights)
        #expect(relativeError(alone.flatMap(\.array), expected.image.array) < 1e-6)
        #expect(expected.noted.isEmpty)
        #expect(relativeError(alone[0].array, together[0].image.array) > 0.01)
        // After many phases the averages are those of the batch.
        for _ in 0..<2000 { pair.g.follow(together[0].noted) }
        let later = pair.generator(pair.inputs[0], pair.g.weights(differentiable: false)).image
        #expect(relativeError(later.array, together[0].image.array) < 1e-4)
    }

    /// Two microbatches are one batch: images, what is noted and the gradients are those of all samples together.
    @Test func statisticsAreThoseOfTheWholeBatch() throws {
        let pair = SAGANPair(SAGANPair.shape(16), generator: NetworkExtras(spectralNorm: true, attention: [8]))
        var samples = Samples(seed: 7)
        let seed = Tensor(
            samples.signed(SAGANPair.batch * 16 * 16 * 3, 0.5...1), shape: [SAGANPair.batch, 16, 16, 3])
        /// Images, what is noted, and Σ seed·image's gradient in what is stored.
        func result(_ inputs: [GeneratorInput], _ seeds: [Tensor]) -> ([Float], [Float], [Float]) {
            let whole = WholeBatch(microbatches: inputs.count)
            let weights = inputs.map { _ in pair.g.weights(differentiable: true, batch: whole) }
            let made = pair.generator(inputs, weights)
            let losses = zip(made, seeds).map { ($0.image * $1).sum() }
            var sums = [[Float]](repeating: [], count: pair.g.trained.count)
            gradients(of: losses, with: weights.map { pair.g.all.variables($0) }) { _, place, gradient in
                guard let values = gradient?.array else { return }
                sums[place] = sums[place].isEmpty ? values : zip(sums[place], values).map { $0 + $1 }
            }
            return (made.flatMap(\.image.array), made[0].noted, sums.flatMap { $0 })
        }
        let parts = result(pair.inputs, [seed, seed])
        let joined = GeneratorInput(
            z: .concatenated(pair.inputs.map(\.z), axis: 0),
            labels: .concatenated(pair.inputs.compactMap(\.labels), axis: 0), noise: .none)
        let all = result([joined], [.concatenated([seed, seed], axis: 0)])
        #expect(relativeError(parts.0, all.0) < 1e-5)
        #expect(relativeError(parts.1, all.1) < 1e-5)
        #expect(relativeError(parts.2, all.2) < 1e-4)
    }

    /// The first normalisation of the first block, in Double: its moments are those of z·W + b over all samples and
    /// positions.
    @Test func firstMomentsInDouble() throws {
        let pair = SAGANPair(SAGANPair.shape(8))
        let noted = pair.generated()[0].noted
        let (weight, bias) = (pair.g.stored("g_snh0/Matrix"), pair.g.stored("g_snh0/bias"))
        let z = pair.inputs.flatMap(\.z.array).map(Double.init)
        let channels = pair.shape.generatorChannels(4)
        var values = [[Double]](repeating: [], count: channels)
        for sample in 0..<z.count / 6 {
            for unit in bias.indices {
                let sum = (0..<6).reduce(bias[unit]) { $0 + z[sample * 6 + $1] * weight[$1 * bias.count + unit] }
                values[unit % channels].append(sum)
            }
        }
        let means = values.map { $0.reduce(0, +) / Double($0.count) }
        let variances = zip(values, means).map { x, mean in
            x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        }
        #expect(relativeError(Array(noted[..<channels]), means) < 1e-5)
        #expect(relativeError(Array(noted[channels..<2 * channels]), variances) < 1e-5)
    }

    /// The norm of every weight that layers use is 1, the embedding's too.
    @Test func normsAreOne() throws {
        let extras = NetworkExtras(spectralNorm: true, attention: [8])
        let pair = SAGANPair(
            SAGANPair.shape(16), generator: extras, discriminator: extras, decoder: DecoderShape(resolution: 8))
        for _ in 0..<100 {
            pair.g.advance()
            pair.d.advance()
        }
        var seen: Set<String> = []
        for parameters in [pair.g, pair.d] {
            let weights = parameters.weights(differentiable: false)
            for entry in parameters.trained where entry.declaration.reparametrization != nil {
                seen.insert(entry.name)
                let w = weights[entry.handle]
                // The norm of a table of rows is that of its transpose.
                let norm = MatrixNorm.largest(w.array.map(Double.init), columns: w.shape[w.rank - 1])
                #expect(abs(norm - 1) < 0.01, "\(entry.name): \(norm)")
            }
        }
        #expect(seen.contains("d_embedding/embedding_map") && seen.contains("g_snh0/Matrix"))
        #expect(seen.contains("g_non_local_8/sn_conv_attn/w"))
        // GGDR's decoder takes no part in the score, and what is multiplied by class is no weight.
        #expect(!seen.contains("b8_dec.weight") && !seen.contains("g_block1/cbn_0/gamma"))
    }

    /// Blocks that are computed again have the bits of blocks that are kept, also at second order.
    @Test func memoryDoesNotChangeBits() {
        func bits(_ memory: ActivationMemory) -> [UInt32] {
            let extras = NetworkExtras(spectralNorm: true, attention: [4, 8])
            let pair = SAGANPair(SAGANPair.shape(16), discriminator: extras, memory: memory)
            let image = pair.generated()[0].image
            let weights = pair.d.weights(differentiable: true)
            let x = image.variable()
            let output = pair.judged(x, weights)
            let slope = gradients(of: output.logits.sum(), with: [x], recording: true)[0] ?? x
            let loss = output.logits.sum() + slope.squared().sum()
            let found = gradients(of: loss, with: pair.d.all.variables(weights) + [x])
            let maps = output.attention.keys.sorted().compactMap { output.attention[$0] }
            return (found.compactMap { $0?.array } + maps.flatMap { [$0.queries.array, $0.keys.array] })
                .flatMap { $0.map(\.bitPattern) }
        }
        let full = bits(.full)
        #expect(full.contains { $0 & 0x7fff_ffff != 0 })
        #expect(full == bits(.checkpointing))
    }

    /// Everything trained takes part.
    @Test(arguments: classes) func allParametersHaveGradients(classes: Int) {
        let extras = NetworkExtras(spectralNorm: true, attention: [8])
        let pair = SAGANPair(SAGANPair.shape(16, classes: classes), generator: extras, discriminator: extras)
        let (weightsG, weightsD) = (pair.weights(differentiable: true), pair.d.weights(differentiable: true))
        let made = pair.generator(pair.inputs, weightsG)
        let losses = made.enumerated().map { k, fake in
            pair.discriminator(fake.image, labels: pair.labels(k), weightsD).logits.sum()
        }
        var taken: Set<String> = []
        let variables = weightsG.map { pair.g.all.variables($0) }
        gradients(of: losses, with: variables) { _, place, gradient in
            if gradient?.array.contains(where: { $0 != 0 }) == true { taken.insert(pair.g.trained[place].name) }
        }
        #expect(taken == Set(pair.g.trained.map(\.name)))
        #expect(pair.generator.activeParameters == taken)
        let ofD = gradients(
            of: pair.judged(made[0].image.detached(), weightsD).logits.sum(),
            with: pair.d.all.variables(weightsD))
        for (entry, gradient) in zip(pair.d.trained, ofD) {
            #expect(gradient?.array.contains { $0 != 0 } == true, "\(entry.name)")
        }
    }
}
