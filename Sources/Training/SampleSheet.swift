import Models
import Storage

/// The sheet of samples that shows a run's progress: fixed latents, the averaged generator, constant noise.
struct SampleSheet {
    private let z: Tensor
    private let labels: Tensor?

    /// Conditional sheets show one class a column.
    init(generator: StyleGAN2Generator, seed: UInt64, columns: Int, rows: Int) {
        let shape = generator.shape
        let count = columns * rows
        z = Randomizer(seed: seed).normals(.sheet, step: 0, samples: 0..<count, shape: [shape.zDim])
        labels =
            shape.labelDim > 0
            ? .oneHot((0..<count).map { Int32($0 % columns % shape.labelDim) }, classes: shape.labelDim) : nil
    }

    /// The images as bytes, N×H×W×C.
    func images(_ generator: StyleGAN2Generator, _ parameters: Parameters) -> [UInt8] {
        SampleImages.make(generator, parameters, z: z, labels: labels, truncation: 1)
    }
}

/// Images from latents, a few at a time.
public enum SampleImages {
    /// Images that go through the network at once.
    private static let chunk = 8

    /// - Parameters:
    ///   - z: [N, zDim]
    ///   - labels: one-hot [N, labelDim], or nil.
    ///   - truncation: ψ; 1 for none.
    /// - Returns: uint8 N×H×W×C
    public static func make(
        _ generator: StyleGAN2Generator, _ parameters: Parameters, z: Tensor, labels: Tensor?, truncation: Float
    ) -> [UInt8] {
        Tape.paused {
            let weights = parameters.weights(differentiable: false)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: z.shape[0], by: chunk) {
                let count = min(chunk, z.shape[0] - start)
                let w = generator.mapping(
                    z.slice(axis: 0, start: start, length: count),
                    labels: labels?.slice(axis: 0, start: start, length: count), weights)
                let ws = generator.broadcast(generator.truncated(w, psi: truncation, weights))
                bytes += ImageConversion.bytes(generator.synthesize(ws: ws, noise: .constant, weights).image)
            }
            return bytes
        }
    }
}
