import Autodiff
import Configuration
import Layers
import Models

/// What the phases of a step are fed beside real images: pure functions of step, phase and sample number.
package protocol StepInputs {
    /// - Parameters:
    ///   - samples: numbers in the global batch.
    ///   - level: the fully grown one without it.
    func generatorInput(step: Int, phase: Phase, samples: Range<Int>, at level: GrowthLevel?) -> GeneratorInput
    /// N(0, 1) of the images' shape, for the path length.
    func imageNoise(step: Int, samples: Range<Int>, at level: GrowthLevel?) -> Tensor
    /// Uniform in 0 … 1 for each sample, [N, 1, 1, 1], for the gradient penalty.
    func interpolation(step: Int, samples: Range<Int>) -> Tensor
}

/// Draws the inputs by the seed.
package struct PhaseInputs: StepInputs {
    let randomizer: Randomizer
    let generator: any Generator
    let styleMixing: Float
    /// The labels of the data set, from which those of fakes are drawn; nil for an unconditional run.
    let datasetLabels: [Int32]?

    package init(
        randomizer: Randomizer, generator: any Generator, styleMixing: Float, datasetLabels: [Int32]?
    ) {
        self.randomizer = randomizer
        self.generator = generator
        self.styleMixing = styleMixing
        self.datasetLabels = datasetLabels
    }

    package func generatorInput(
        step: Int, phase: Phase, samples: Range<Int>, at level: GrowthLevel? = nil
    ) -> GeneratorInput {
        let level = level ?? GrowthLevel(resolution: generator.resolution)
        let stream = phase.rawValue
        let z = randomizer.normals(.latent, stream: stream, step: step, samples: samples, shape: [generator.zDim])
        return GeneratorInput(
            z: z, labels: labels(stream: stream, step: step, samples: samples),
            mixing: mixing(generator.styleCount(at: level), stream: stream, step: step, samples: samples),
            noise: .random { layer in
                // Two layers a resolution: numbers stay below 64, phases are kept apart above.
                let number = 2 * layer.resolution.trailingZeroBitCount + (layer.isUp ? 0 : 1)
                return randomizer.normals(
                    .noise, stream: stream * 64 + number, step: step, samples: samples,
                    shape: [layer.resolution, layer.resolution])
            })
    }

    package func imageNoise(step: Int, samples: Range<Int>, at level: GrowthLevel? = nil) -> Tensor {
        let side = level?.resolution ?? generator.resolution
        return randomizer.normals(
            .pathLengthNoise, step: step, samples: samples, shape: [side, side, generator.imageChannels])
    }

    package func interpolation(step: Int, samples: Range<Int>) -> Tensor {
        Tensor(
            randomizer.uniforms(.interpolation, step: step, samples: samples, count: 1),
            shape: [samples.count, 1, 1, 1])
    }

    private func labels(stream: Int, step: Int, samples: Range<Int>) -> Tensor? {
        guard let datasetLabels, generator.labelDim > 0 else { return nil }
        let rows = randomizer.uniforms(.label, stream: stream, step: step, samples: samples, count: 1)
            .map { Int(Double($0) * Double(datasetLabels.count)) }
        return .oneHot(rows.map { datasetLabels[$0] }, classes: generator.labelDim)
    }

    /// With probability `styleMixing` a sample takes a second style from a uniformly drawn layer on.
    private func mixing(
        _ count: Int, stream: Int, step: Int, samples: Range<Int>
    ) -> GeneratorInput.Mixing? {
        guard styleMixing > 0, count > 0 else { return nil }
        let draws = randomizer.uniforms(.mixingCutoff, stream: stream, step: step, samples: samples, count: 2)
        var mask = [Float](repeating: 0, count: samples.count * count)
        for i in 0..<samples.count where draws[2 * i] < styleMixing {
            let cutoff = 1 + Int(draws[2 * i + 1] * Float(count - 1))
            for layer in cutoff..<count { mask[i * count + layer] = 1 }
        }
        return GeneratorInput.Mixing(
            z: randomizer.normals(
                .mixingLatent, stream: stream, step: step, samples: samples, shape: [generator.zDim]),
            mask: Tensor(mask, shape: [samples.count, count, 1]))
    }
}

extension Tensor {
    /// Rows of zeros with a one at the class, [N, classes].
    package static func oneHot(_ labels: [Int32], classes: Int) -> Tensor {
        var values = [Float](repeating: 0, count: labels.count * classes)
        for (row, label) in labels.enumerated() { values[row * classes + Int(label)] = 1 }
        return Tensor(values, shape: [labels.count, classes])
    }
}
