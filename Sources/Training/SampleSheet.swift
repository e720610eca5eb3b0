import Autodiff
import Layers
import Models
import Recipes
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

    /// The images as bytes, N×r×r×C, r the generator's resolution as it is.
    ///
    /// - Throws: ``NotFiniteImage``.
    func images(_ generator: any Generator, _ parameters: Parameters) throws -> [UInt8] {
        try SampleImages.make(generator, parameters, z: z, labels: labels, truncation: 1)
    }
}
