import Evaluation
import Foundation
import Recipes
import State
import Storage
import Training

/// The images that `ganglion evaluate` compares: a checkpoint's and a dataset's, of one size.
public struct EvaluatedSets {
    /// Images of ``real`` and ``generated``.
    public let count: Int
    public let resolution: Int
    public let channels: Int
    /// Of the data set's label maps; 0 without.
    let semanticClasses: Int
    /// Images of each of ``halves``.
    public let halfCount: Int
    /// What the user should know.
    public let notes: [String]
    public let datasetID: String
    /// Tells whether ranks read the same weights.
    public let generatorHash: String
    /// What ``generated`` is made with.
    let file: GeneratorFile
    /// What standing statistics of ``file`` are taken of; nil where nothing conditions the pixels of its images.
    let standing: StandingStatistics.Conditions?
    /// Images from the averaged generator.
    public let generated: ImageSource
    /// The dataset's first images in a random order.
    package let real: ImageSource
    /// All real images that are looked at, of which the other sets are parts.
    let pool: ImageSource
    /// Two runs of that order without a common image.
    let halves: (ImageSource, ImageSource)

    /// Bytes that a metric may keep on a rank.
    static let metricMemory = 1 << 30
    /// Bytes of generated images that a rank remembers, so that each metric need not make them anew.
    private static let cacheBytes = 1 << 30

    var realImages: RealImages { RealImages(all: real, halves: halves) }

    /// - Parameter images: of each set, if there are so many real ones.
    /// - Throws: errors that name the checkpoint or the dataset and what is wrong with it.
    package init(checkpoint: String, data: String, images: Int, seed: UInt32) throws {
        file = try GeneratorFile(checkpoint)
        let generator = file.generator
        let dataset = try Dataset(data)
        let description = dataset.description
        let size = "\(description.resolution)×\(description.resolution)"
        if let format = file.sampleFormat {
            throw DatasetError.badData(
                "\(data): has pictures, but \(checkpoint) makes fields of \(format.sizeText)×\(format.channels.count); "
                    + "expected the data set that it was trained on")
        }
        guard description.channels == generator.imageChannels else {
            throw DatasetError.badData(
                "\(data): its images have \(description.channels) channels, those of \(checkpoint) have "
                    + "\(generator.imageChannels); expected the data set that it was trained on")
        }
        resolution = generator.largestResolution
        guard description.resolution >= resolution else {
            throw DatasetError.badData(
                "\(data): its images are \(size), those of \(checkpoint) \(resolution)×\(resolution); "
                    + "expected images as large or larger")
        }
        guard dataset.count >= 2 else {
            throw DatasetError.badData("\(data): holds \(dataset.count) images, expected 2 or more")
        }
        count = min(images, dataset.count)
        halfCount = min(count, dataset.count / 2)
        channels = generator.imageChannels
        datasetID = dataset.id
        // Its state, too: by batch normalisation's averages and spectral normalisation's u and v images are made.
        generatorHash = [file.parameters.values, file.parameters.state].map { String(StateHash.hash($0), radix: 16) }
            .joined(separator: "-")
        var notes: [String] = []
        if count < images { notes.append("\(data) holds \(count) images: \(count) of each set instead of \(images)") }
        if description.resolution > resolution {
            notes.append("real images of \(size) are reduced to \(resolution)×\(resolution)")
        }
        if file.level.resolution < resolution {
            notes.append(
                "the generator has grown to \(file.level.resolution)² of \(resolution)²: the pixels of its images are "
                    + "repeated")
        }
        self.notes = notes

        let sample = RealSample(dataset, resolution: resolution, seed: UInt64(seed))
        let vectors =
            file.vectorFormat == nil
            ? nil : try sample.rows.conditions(labelDim: generator.labelDim, vector: file.vectorFormat)
        let pixels =
            generator.conditionChannels == 0
            ? nil : try sample.pixels(classes: file.conditionClasses, format: file.conditionFormat)
        standing = try file.standingConditions(of: dataset)
        semanticClasses = description.semanticClasses
        let ignored = try file.ignoredClass
        let firstSeed = Int(seed) &* count
        generated =
            if let pixels {
                file.source(
                    count: count, firstSeed: firstSeed, pixels: pixels,
                    maps: sample.maps(places: 0..<count, ignored: ignored), cacheBytes: Self.cacheBytes)
            } else {
                file.source(count: count, firstSeed: firstSeed, vectors: vectors, cacheBytes: Self.cacheBytes)
            }
        real = sample.source("real (\(data))", places: 0..<count, ignored: ignored)
        pool = sample.source("real (\(data))", places: 0..<max(count, 2 * halfCount))
        halves = (
            sample.source("real (\(data), first half)", places: 0..<halfCount),
            sample.source("real (\(data), second half)", places: halfCount..<2 * halfCount)
        )
    }
}
