import Evaluation
import Models
import Recipes
import State
import Storage
import Training

/// The fields that are compared: a checkpoint's and a data set's, of one size, in physical units.
struct EvaluatedFields {
    /// Samples of ``real`` and ``generated``.
    let count: Int
    /// Samples of each of ``halves``.
    let halfCount: Int
    let size: MapSize
    let channels: Int
    /// What the user should know.
    let notes: [String]
    let datasetID: String
    /// Tells whether ranks read the same weights.
    let generatorHash: String
    /// What ``generated`` is made with.
    let file: GeneratorFile
    /// From the averaged generator; each with the condition of the real one of its number.
    let generated: FieldSource
    /// The data set's first samples in a random order.
    let real: FieldSource
    /// Two runs of that order without a common sample.
    let halves: (FieldSource, FieldSource)

    /// Bytes of generated samples that a rank remembers.
    private static let cacheBytes = 1 << 30

    var realFields: RealFields { RealFields(all: real, halves: halves) }

    /// - Parameters:
    ///   - data: a data set of fields.
    ///   - images: of each set, if there are so many real ones.
    /// - Throws: errors that name the checkpoint or the data set and what is wrong with it.
    init(checkpoint: String, data: String, images: Int, seed: UInt32) throws {
        file = try GeneratorFile(checkpoint)
        let (generator, dataset) = (file.generator, try Dataset(data))
        let own = dataset.description.format
        guard let format = file.sampleFormat else {
            throw DatasetError.badData(
                "\(data): has fields of \(own.sizeText)×\(own.channels.count), but \(checkpoint) makes pictures; expected the "
                    + "data set that it was trained on")
        }
        guard own.height == format.height, own.width == format.width,
            own.channels.map(\.name) == format.channels.map(\.name)
        else {
            func text(_ format: SampleFormat) -> String {
                "\(format.sizeText) of \(format.channels.map(\.name).joined(separator: ", "))"
            }
            throw DatasetError.badData(
                "\(data): its fields are \(text(own)), those of \(checkpoint) \(text(format)); expected the data set that it "
                    + "was trained on")
        }
        guard dataset.count >= 2 else {
            throw DatasetError.badData("\(data): holds \(dataset.count) samples, expected 2 or more")
        }
        let count = min(images, dataset.count)
        let half = min(count, dataset.count / 2)
        (self.count, halfCount) = (count, half)
        size = generator.mapSize(at: generator.largestResolution)
        channels = format.channels.count
        datasetID = dataset.id
        generatorHash = [file.parameters.values, file.parameters.state].map { String(StateHash.hash($0), radix: 16) }
            .joined(separator: "-")
        var notes: [String] = []
        if count < images { notes.append("\(data) holds \(count) samples: \(count) of each set instead of \(images)") }
        if size.height < format.height { notes.append("real fields of \(format.sizeText) are reduced to \(size)") }
        if file.level.resolution < generator.largestResolution {
            notes.append(
                "the generator has grown to \(generator.imageSize) of \(size): the values of its fields are repeated")
        }
        self.notes = notes

        let sample = FieldSample(dataset, size: size, seed: UInt64(seed))
        let conditions = try sample.rows.conditions(labelDim: generator.labelDim, vector: file.vectorFormat)
        let file = file
        generated = GeneratedFields.source(
            generator, file.parameters, format: format, conditions: conditions, count: count,
            firstSeed: Int(seed) &* count, cacheBytes: Self.cacheBytes
        ) { error, seeds in file.notFinite(error, seeds, truncation: 1) }
        real = sample.source("real (\(data))", places: 0..<count)
        halves = (
            sample.source("real (\(data), first half)", places: 0..<half),
            sample.source("real (\(data), second half)", places: half..<2 * half)
        )
    }
}
