import Layers
import Models
import Recipes
import SmallRuns
import Testing

@Suite struct PhaseInputsTests {
    private func inputs(mixing: Float = 0.5, labels: [Int32]? = Small.datasetLabels, seed: UInt64 = 1) -> PhaseInputs {
        PhaseInputs(randomizer: Randomizer(seed: seed), styleMixing: mixing, datasetLabels: labels)
    }

    private func generator(labelDim: Int = 3, resolution: Int = 16) -> StyleGAN2Generator {
        StyleGAN2Generator(
            StyleGAN2Shape(
                resolution: 16, imageChannels: 3, zDim: 8, wDim: 8, labelDim: labelDim, mappingLayers: 1,
                channelBase: 64, channelMax: 8)
        ).at(GrowthLevel(resolution: resolution))
    }

    /// All numbers that a generator is fed, sample by sample.
    private func numbers(_ input: GeneratorInput, _ layers: [SynthesisLayer]) -> [[Float]] {
        guard case .random(let draw) = input.noise else { return [] }
        let tensors =
            [input.z] + [input.labels, input.mixing?.z, input.mixing?.mask].compactMap { $0 } + layers.map(draw)
        let n = input.z.shape[0]
        return (0..<n).map { i in tensors.flatMap { $0.slice(axis: 0, start: i, length: 1).array } }
    }

    private let layers = [(4, false), (8, true), (8, false), (16, true), (16, false)].map { resolution, isUp in
        var builder = ParameterBuilder()
        return SynthesisLayer(
            "layer", input: 2, output: 2, styleDim: 8, resolution: resolution, isUp: isUp, clamp: nil, in: &builder)
    }

    @Test(arguments: [1, 2, 4]) func microbatchesDoNotChangeASample(_ size: Int) {
        let inputs = inputs()
        let all = numbers(
            inputs.generatorInput(
                generator(), step: 3, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<8),
            layers)
        let parts = stride(from: 0, to: 8, by: size).flatMap {
            numbers(
                inputs.generatorInput(
                    generator(), step: 3, phase: .generatorMain, stream: Small.stream(of: .generatorMain),
                    samples: $0..<$0 + size), layers)
        }
        #expect(parts == all)
        let noise = inputs.imageNoise(generator(), step: 3, stream: 1, samples: 0..<8).array
        #expect(
            stride(from: 0, to: 8, by: size).flatMap {
                inputs.imageNoise(generator(), step: 3, stream: 1, samples: $0..<$0 + size).array
            }
                == noise)
    }

    /// Planes and noise are as large as the maps of a rectangle.
    @Test func sizesOfRectangles() {
        let generator = StyleGAN2Generator(
            StyleGAN2Shape(
                resolution: 16, imageChannels: 5, zDim: 8, wDim: 8, mappingLayers: 1, channelBase: 64, channelMax: 8,
                startHeight: 6, startWidth: 5))
        let noise = inputs().imageNoise(generator, step: 3, stream: 1, samples: 0..<2)
        #expect(noise.shape == [2, 24, 20, 5])
        let input = inputs().generatorInput(
            generator, step: 3, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<2)
        let output = generator(input, Parameters(generator.declarations).weights(differentiable: false))
        #expect(output.image.shape == [2, 24, 20, 5])
        guard case .random(let draw) = input.noise else { return #expect(Bool(false)) }
        var builder = ParameterBuilder()
        let layer = SynthesisLayer(
            "layer", input: 2, output: 2, styleDim: 8, resolution: 8, isUp: true, clamp: nil, size: (12, 10),
            in: &builder)
        #expect(draw(layer).shape == [2, 12, 10])
    }

    @Test func phasesStepsLayersAndSeedsAreKeptApart() {
        func latent(_ seed: UInt64, _ step: Int, _ phase: PhaseKey) -> [Float] {
            inputs(seed: seed).generatorInput(
                generator(), step: step, phase: phase, stream: Small.stream(of: phase), samples: 0..<4
            ).z.array
        }
        let latents =
            Small.phases.map { latent(1, 0, $0) } + [latent(1, 1, .generatorMain), latent(2, 0, .generatorMain)]
        #expect(Set(latents).count == latents.count)

        var planes: [[Float]] = []
        for phase in Small.phases {
            let input = inputs().generatorInput(
                generator(), step: 0, phase: phase, stream: Small.stream(of: phase), samples: 0..<1)
            guard case .random(let draw) = input.noise else { continue }
            planes += layers.map { Array(draw($0).array.prefix(16)) }
        }
        #expect(Set(planes).count == Small.phases.count * layers.count)

        let input = inputs(mixing: 1).generatorInput(
            generator(), step: 0, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<4)
        #expect(input.mixing?.z.array != input.z.array)
    }

    @Test func mixingCutsOffUniformlyBetweenLayers() throws {
        let (n, layerCount) = (6000, 6)
        let input = inputs(mixing: 0.9).generatorInput(
            generator(), step: 0, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<n)
        let mask = try #require(input.mixing?.mask)
        #expect(mask.shape == [n, layerCount, 1])
        let values = mask.array
        var cutoffs = [Int](repeating: 0, count: layerCount + 1)
        for i in 0..<n {
            let row = Array(values[i * layerCount..<(i + 1) * layerCount])
            let cutoff = row.firstIndex(of: 1) ?? layerCount
            #expect(row == (0..<layerCount).map { $0 < cutoff ? 0 : 1 })
            cutoffs[cutoff] += 1
        }
        // The first layer always keeps the first style.
        #expect(cutoffs[0] == 0)
        #expect(abs(Double(cutoffs[layerCount]) / Double(n) - 0.1) < 0.02)
        for cutoff in 1..<layerCount { #expect(abs(Double(cutoffs[cutoff]) / Double(n) - 0.18) < 0.025) }
    }

    @Test func mixingOfZeroIsNone() {
        #expect(
            inputs(mixing: 0).generatorInput(
                generator(), step: 0, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<4
            ).mixing == nil)
    }

    @Test func labelsFollowTheDataSet() throws {
        let n = 6000
        let input = inputs().generatorInput(
            generator(), step: 0, phase: .discriminatorMain, stream: Small.stream(of: .discriminatorMain),
            samples: 0..<n)
        let labels = try #require(input.labels)
        #expect(labels.shape == [n, 3])
        let rows = labels.array
        var counts = [0.0, 0.0, 0.0]
        for i in 0..<n {
            let row = Array(rows[i * 3..<i * 3 + 3])
            #expect(row.reduce(0, +) == 1)
            counts[row.firstIndex(of: 1) ?? 0] += 1 / Double(n)
        }
        // One, two and three sixths of the data set.
        for (found, sixths) in zip(counts, [1.0, 2, 3]) { #expect(abs(found - sixths / 6) < 0.025) }
    }

    @Test func anUnconditionalNetworkHasNoLabels() {
        #expect(
            inputs(labels: nil).generatorInput(
                generator(), step: 0, phase: .generatorMain, stream: Small.stream(of: .generatorMain), samples: 0..<4
            ).labels == nil)
    }
}
