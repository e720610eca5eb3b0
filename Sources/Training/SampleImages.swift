import Models

/// Images from latents, a few at a time.
public enum SampleImages {
    /// Images that go through the network at once.
    private static let chunk = 8

    /// Images of seeds: the latent of a seed is a pure function of it.
    ///
    /// - Parameters:
    ///   - label: the class of all images; nil deals the classes in turn.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the level's resolution.
    public static func make(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel, seeds: [Int], label: Int? = nil,
        truncation: Float = 1
    ) -> [UInt8] {
        let classes = generator.labelDim
        return make(generator, parameters, at: level, count: seeds.count) { rows in
            // Latents and labels of many images would take more memory than the images.
            let seeds = seeds[rows]
            let z = seeds.map { seed in
                Randomizer(seed: 0).normals(.sample, step: 0, samples: seed..<seed + 1, shape: [generator.zDim])
            }
            var input = GeneratorInput(
                z: Tensor.concatenated(z, axis: 0),
                labels: classes > 0
                    ? Tensor.oneHot(seeds.map { Int32(label ?? $0 % classes) }, classes: classes) : nil,
                noise: .constant)
            input.truncation = truncation
            return input
        }
    }

    /// - Parameters:
    ///   - level: the fully grown one without it.
    ///   - z: [N, zDim]
    ///   - labels: one-hot [N, labelDim], or nil.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×r×r×C, r the level's resolution.
    public static func make(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel? = nil, z: Tensor,
        labels: Tensor?, truncation: Float
    ) -> [UInt8] {
        let level = level ?? GrowthLevel(resolution: generator.resolution)
        return make(generator, parameters, at: level, count: z.shape[0]) { rows in
            var input = GeneratorInput(
                z: z.slice(axis: 0, start: rows.lowerBound, length: rows.count),
                labels: labels?.slice(axis: 0, start: rows.lowerBound, length: rows.count), noise: .constant)
            input.truncation = truncation
            return input
        }
    }

    private static func make(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel, count: Int,
        input: (Range<Int>) -> GeneratorInput
    ) -> [UInt8] {
        Tape.paused {
            let active = parameters.selection(generator.activeParameters(at: level))
            let weights = parameters.weights(differentiable: false, active)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: count, by: chunk) {
                let rows = start..<min(start + chunk, count)
                bytes += ImageConversion.bytes(generator(input(rows), at: level, weights).image)
            }
            return bytes
        }
    }
}
