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
        let rows = seeds.map { seed in
            Randomizer(seed: 0).normals(.sample, step: 0, samples: seed..<seed + 1, shape: [generator.zDim])
        }
        let classes = generator.labelDim
        let labels = classes > 0 ? Tensor.oneHot(seeds.map { Int32(label ?? $0 % classes) }, classes: classes) : nil
        return make(
            generator, parameters, at: level, z: Tensor.concatenated(rows, axis: 0), labels: labels,
            truncation: truncation)
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
        return Tape.paused {
            let active = parameters.selection(generator.activeParameters(at: level))
            let weights = parameters.weights(differentiable: false, active)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: z.shape[0], by: chunk) {
                let count = min(chunk, z.shape[0] - start)
                var input = GeneratorInput(
                    z: z.slice(axis: 0, start: start, length: count),
                    labels: labels?.slice(axis: 0, start: start, length: count), noise: .constant)
                input.truncation = truncation
                bytes += ImageConversion.bytes(generator(input, at: level, weights).image)
            }
            return bytes
        }
    }
}
