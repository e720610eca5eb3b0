import Models
import Storage

/// The sheet of samples that shows a run's progress: fixed latents, the averaged generator, constant noise.
struct SampleSheet {
    private let z: Tensor
    private let labels: Tensor?

    /// Conditional sheets show one class a column.
    init(generator: any Generator, seed: UInt64, columns: Int, rows: Int) {
        let count = columns * rows
        z = Randomizer(seed: seed).normals(.sheet, step: 0, samples: 0..<count, shape: [generator.zDim])
        labels =
            generator.labelDim > 0
            ? .oneHot((0..<count).map { Int32($0 % columns % generator.labelDim) }, classes: generator.labelDim) : nil
    }

    /// The images as bytes, N×r×r×C, r the level's resolution.
    ///
    /// - Parameter count: the first so many; all without it.
    func images(
        _ generator: any Generator, _ parameters: Parameters, at level: GrowthLevel, count: Int? = nil
    ) -> [UInt8] {
        let count = count ?? z.shape[0]
        return SampleImages.make(
            generator, parameters, at: level, z: z.slice(axis: 0, start: 0, length: count),
            labels: labels?.slice(axis: 0, start: 0, length: count), truncation: 1)
    }
}

/// Images from latents, a few at a time.
public enum SampleImages {
    /// Images that go through the network at once.
    private static let chunk = 8

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
