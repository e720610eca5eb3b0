import Autodiff
import Layers
import Models
import NumericalTesting
import Testing

@Suite struct ProgressiveShapeTests {
    /// Table 2 of arXiv 1710.10196: widths, and 23.1 million parameters each. The reference's base is 8192.
    @Test func sizesAreThePapers() {
        let shape = ProgressiveShape(
            resolution: 1024, imageChannels: 3, zDim: 512, channelBase: 2 * 8192, channelMax: 512)
        #expect(shape.resolutions.map(shape.channels) == [512, 512, 512, 512, 256, 128, 64, 32, 16])
        let (generator, discriminator) = (
            ProgressiveGenerator(shape), ProgressiveDiscriminator(shape, decoder: nil)
        )
        func millions(_ declarations: [ParameterDeclaration], _ active: Set<String>) -> Double {
            let count = declarations.reduce(0) { $0 + (active.contains($1.name) ? $1.layout.count : 0) }
            return (Double(count) / 1e5).rounded() / 10
        }
        #expect(millions(generator.declarations, generator.activeParameters) == 23.1)
        #expect(millions(discriminator.declarations, discriminator.activeParameters) == 23.1)
    }

    /// lod counts from the final resolution.
    @Test func namesAreTheReferences() {
        let pair = ProgressivePair()
        let names = Set((pair.g.trained + pair.d.trained).map(\.name))
        for resolution in [8, 16] {
            for layer in ["Conv0_up", "Conv1", "Conv0", "Conv1_down"] {
                #expect(names.contains("\(resolution)x\(resolution)/\(layer)/weight"))
            }
        }
        #expect(names.isSuperset(of: ["4x4/Dense/bias", "4x4/Conv/bias", "4x4/Dense0/bias", "4x4/Dense1/bias"]))
        let channels = (0..<3).map { pair.g.entry(named: "ToRGB_lod\($0)/weight")?.declaration.layout }
        #expect(channels == [4, 8, 12].map { .convolution(kernel: 1, input: $0, output: 3) })
        let outputs = (0..<3).map { pair.d.entry(named: "FromRGB_lod\($0)/bias")?.count }
        #expect(outputs == [4, 8, 12])
    }

    private let full = GrowthLevel(resolution: 16)

    /// The largest deviation from 1 of a pixel's mean square.
    private func deviation(_ map: Tensor) -> Float {
        let channels = map.shape[3]
        let power = Tensor.contract(map, map, to: Array(map.shape[..<3]) + [1]) * (1 / Float(channels))
        return power.array.map { abs($0 - 1) }.max() ?? .infinity
    }

    @Test func pixelNormGivesEveryPixelTheSameLength() throws {
        let with = ProgressivePair().generated(at: full)
        for map in with.features.values { #expect(deviation(map) < 1e-4) }
        let without = ProgressivePair(ProgressivePair.changed { $0.pixelNorm = false }).generated(at: full)
        for map in without.features.values { #expect(deviation(map) > 0.1) }
    }

    @Test func theGeneratorsSlopeMayBeZero() {
        func smallest(_ leaky: Bool) -> Float {
            let pair = ProgressivePair(ProgressivePair.changed { $0.leakyReLU = leaky })
            return pair.generated(at: full).features.values.flatMap(\.array).min() ?? .nan
        }
        #expect(smallest(true) < 0)
        #expect(smallest(false) == 0)
    }

    /// Equalised or not, the networks are the same at first; what the optimiser sees is not.
    @Test func equalizedLearningRateMovesTheScaleOutOfTheWeights() throws {
        let equalized = ProgressivePair()
        let plain = ProgressivePair(ProgressivePair.changed { $0.equalizedLR = false })
        let (image, other) = (equalized.generated(at: full).image, plain.generated(at: full).image)
        #expect(relativeError(other.array, image.array) < 1e-5)
        #expect(
            relativeError(plain.judged(image, at: full).logits.array, equalized.judged(image, at: full).logits.array)
                < 1e-5)
        for (a, b) in [(equalized.g, plain.g), (equalized.d, plain.d)] {
            for (entry, of) in zip(a.trained, b.trained) where !entry.name.contains("_dec.") {
                #expect(of.name == entry.name && of.declaration.scale == 1)
                guard entry.name.hasSuffix("weight") else { continue }
                #expect(entry.declaration.scale != 1)
                let scaled = a.view(entry).array.map { $0 * entry.declaration.scale }
                #expect(relativeError(b.view(of).array, scaled) < 1e-6, "\(entry.name)")
            }
        }
    }

    @Test func theMinibatchStandardDeviationMayBeLeftOut() {
        func scores(_ group: Int) -> (together: [Float], alone: [Float]) {
            let pair = ProgressivePair(ProgressivePair.changed { ($0.mbstdGroup, $0.labelDim) = (group, 0) })
            let images = pair.noise(at: full)
            let together = pair.judged(images, at: full).logits.array
            let alone = (0..<ProgressivePair.batch).flatMap {
                pair.judged(images.slice(axis: 0, start: $0, length: 1), at: full).logits.array
            }
            return (together, alone)
        }
        let (without, with) = (scores(1), scores(4))
        #expect(relativeError(without.together, without.alone) < 1e-5)
        #expect(relativeError(with.together, with.alone) > 1e-3)
    }

    @Test func labelsAreOptional() {
        let pair = ProgressivePair(ProgressivePair.changed { $0.labelDim = 0 })
        let output = pair.judged(pair.generated(at: full).image, at: full)
        #expect(output.classLogits == nil && output.logits.shape == [ProgressivePair.batch, 1])
        #expect(pair.generator.labelDim == 0)
    }

    @Test func imagesDependOnLabels() {
        let pair = ProgressivePair()
        func image(_ label: [Float]) -> [Float] {
            let input = GeneratorInput(
                z: ProgressivePair.normals([1, 6]), labels: Tensor(label, shape: [1, 2]), noise: .none)
            return pair.generator(input, pair.g.weights(differentiable: false)).image.array
        }
        #expect(relativeError(image([1, 0]), image([0, 1])) > 0.01)
    }
}
