import Autodiff
import Layers
import Models
import Recipes
import Storage

/// Samples that show a run's progress: fixed latents, the averaged generator, constant noise.
struct SampleSheet {
    private let z: Tensor
    private let labels: Tensor?

    /// The whole sheet. Of a conditional generator it shows a class in each row, in turn, and one latent in each column:
    /// what a column has in common is what the classes share.
    init(generator: any Generator, seed: UInt64, columns: Int, rows: Int) {
        let classes = generator.labelDim
        let isConditional = classes > 0
        let latents = Randomizer(seed: seed).normals(
            .sheet, step: 0, samples: 0..<(isConditional ? columns : columns * rows), shape: [generator.zDim])
        z = isConditional ? .concatenated(Array(repeating: latents, count: rows), axis: 0) : latents
        labels =
            isConditional
            ? .oneHot((0..<columns * rows).map { Int32($0 / columns % classes) }, classes: classes) : nil
    }

    /// A row of the latents of a conditional sheet, with the classes in turn: what a time-lapse has of each phase.
    init(rowOf generator: any Generator, seed: UInt64, columns: Int) {
        let classes = generator.labelDim
        z = Randomizer(seed: seed).normals(.sheet, step: 0, samples: 0..<columns, shape: [generator.zDim])
        labels = .oneHot((0..<columns).map { Int32($0 % classes) }, classes: classes)
    }

    /// The images as bytes, N×r×r×C, r the generator's resolution as it is.
    ///
    /// - Throws: ``NotFiniteImage``.
    func images(_ generator: any Generator, _ parameters: Parameters) throws -> [UInt8] {
        try SampleImages.make(generator, parameters, z: z, labels: labels, truncation: 1)
    }
}
