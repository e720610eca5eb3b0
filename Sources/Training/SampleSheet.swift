import Autodiff
import Layers
import Models
import Recipes
import Storage

/// Samples that show a run's progress: fixed latents, the averaged generator, constant noise.
struct SampleSheet {
    private let z: Tensor
    private let labels: Tensor?

    /// The whole sheet. Of a conditional generator it shows a condition in each row, and one latent in each column: what a
    /// column has in common is what the conditions share.
    ///
    /// - Parameter vectors: the data set's numbers, where such condition the generator; nil elsewhere.
    init(generator: any Generator, seed: UInt64, columns: Int, rows: Int, vectors: DatasetConditions?) {
        let shown = Self.conditions(generator, vectors, count: rows)
        let latents = Randomizer(seed: seed).normals(
            .sheet, step: 0, samples: 0..<(shown == nil ? columns * rows : columns), shape: [generator.zDim])
        z = shown == nil ? latents : .concatenated(Array(repeating: latents, count: rows), axis: 0)
        labels = shown?.tensor(rows: (0..<columns * rows).map { $0 / columns }, dimension: generator.labelDim)
    }

    /// A row of the latents of a conditional sheet, each with another condition: what a time-lapse has of each phase.
    init(rowOf generator: any Generator, seed: UInt64, columns: Int, vectors: DatasetConditions?) {
        z = Randomizer(seed: seed).normals(.sheet, step: 0, samples: 0..<columns, shape: [generator.zDim])
        labels = Self.conditions(generator, vectors, count: columns)?
            .tensor(rows: Array(0..<columns), dimension: generator.labelDim)
    }

    /// So many to show: classes in turn, or numbers from all over the data set; nil of an unconditional generator.
    private static func conditions(
        _ generator: any Generator, _ vectors: DatasetConditions?, count: Int
    ) -> DatasetConditions? {
        guard generator.labelDim > 0 else { return nil }
        return vectors.map { all in all.rows((0..<count).map { $0 * all.count / count }) }
            ?? .classes((0..<count).map { Int32($0 % generator.labelDim) })
    }

    /// The images as bytes, N×r×r×C, r the generator's resolution as it is.
    ///
    /// - Throws: ``NotFiniteImage``.
    func images(_ generator: any Generator, _ parameters: Parameters) throws -> [UInt8] {
        try SampleImages.make(generator, parameters, z: z, labels: labels, truncation: 1)
    }

    /// The samples of a generator of fields, as they leave it: N×h×w×C, its size as it is.
    ///
    /// - Throws: ``NotFiniteImage``.
    func fields(_ generator: any Generator, _ parameters: Parameters) throws -> [Float] {
        try SampleImages.values(generator, parameters, z: z, labels: labels, truncation: 1)
    }
}

/// What a sheet shows, at the size of the networks as they are.
enum SheetSamples {
    /// uint8 N×r×r×C
    case pictures([UInt8])
    /// N×h×w×C, what networks see.
    case fields([Float])

    /// The first so many of all that there are.
    func prefix(_ count: Int, of all: Int) -> SheetSamples {
        switch self {
        case .pictures(let bytes): .pictures(Array(bytes.prefix(bytes.count / all * count)))
        case .fields(let values): .fields(Array(values.prefix(values.count / all * count)))
        }
    }

    /// How much samples differ, see ``PixelVariation``.
    func variation(count: Int) -> Double {
        switch self {
        case .pictures(let bytes): PixelVariation.of(bytes, count: count)
        case .fields(let values): PixelVariation.of(fields: values, count: count)
        }
    }
}
