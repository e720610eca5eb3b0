import Configuration
import Evaluation
import Recipes
import Session
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// What is measured of pictures whose generator is conditioned on numbers.
@Suite struct PictureNumbersTests {
    private static let description = DatasetDescription(
        format: .picture(resolution: 16, channels: 3), vector: SmallFields.vector)

    /// A data set of eight pictures, and a checkpoint of a run on it.
    private static func inFolder(_ body: (_ data: String, _ checkpoint: String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let writer = try DatasetWriter(folder: folder + "/data", description: description, shards: 1)
            for row in 0..<8 {
                let image = (0..<16 * 16 * 3).map { UInt8(($0 * (row + 3)) % 251) }
                try writer.append(image: image, vector: [Float(row), Float(20 * row)])
            }
            _ = try writer.finish()
            let engine = try Small.fieldEngine(["data.condition=vector"], DataFacts(description))
            try CheckpointFile.write(
                engine.checkpoint(datasetID: "set", ranks: 1, description: description), to: folder + "/c.h5")
            try body(folder + "/data", folder + "/c.h5")
        }
    }

    /// A network that takes all images and is never run.
    private final class Untouched: FeatureExtractor {
        let (name, title, identity) = ("none", "none", "none")
        let (dimension, classes) = (4, 0)

        func check(resolution: Int, channels: Int) throws {}

        func features(of pixels: [Float], count: Int, resolution: Int, channels: Int) throws -> ExtractedFeatures {
            ExtractedFeatures(features: [Float](repeating: 0, count: 4 * count), probabilities: [])
        }
    }

    /// There are no images on paths between latents.
    @Test func pathLengthIsLeftOutOrRefused() throws {
        try Self.inFolder { data, checkpoint in
            let sets = try EvaluatedSets(checkpoint: checkpoint, data: data, images: 8, seed: 1)
            let all = try MetricChoice(asked: nil, sets: sets, data: data, features: (Untouched(), notes: []))
            #expect(!all.metrics.contains { $0.name == "ppl" })
            #expect(all.notes.contains { $0.hasPrefix("ppl: looks at images on paths") && $0.hasSuffix("left out") })
            let error = try #require(
                thrown(DatasetError.self) {
                    try MetricChoice(asked: ["ppl"], sets: sets, data: data, features: (Untouched(), notes: []))
                })
            #expect(error.exitCode == 64)
            #expect("\(error)".contains("--metrics ppl: looks at images on paths"))
            let dataset = try Dataset(data)
            let configuration = try Small.configuration(
                ["data.condition=vector", "metrics.names=ppl", "metrics.images=8"], fields: DataFacts(Self.description))
            let refused = try #require(
                thrown(ConfigurationError.self) { try SnapshotMetrics(configuration, dataset: dataset) })
            #expect("\(refused)".contains("metrics.names has ppl, which looks at images on paths"))
        }
    }
    /// Of fewer images than the data set has, too: the real ones are its first in a random order.
    @Test func imagesHaveTheNumbersOfTheRealOnesOfTheirNumber() throws {
        try Self.inFolder { data, checkpoint in
            let (dataset, file) = (try Dataset(data), try GeneratorFile(checkpoint))
            let pixels = try (0..<8).map { try dataset.read(rows: [$0], withMaps: false, withConditions: false).images }
            let real = RealSample(dataset, resolution: 16, seed: 5).source("real", places: 0..<4)
            let rows = try (0..<4).map { number in
                let image = try real.images([number])
                return try #require(pixels.firstIndex(of: image))
            }
            #expect(rows != Array(0..<4))
            let conditions = DatasetConditions.vectors(try dataset.vectors(of: rows), components: 2)
            let expected = try file.images(seeds: [20, 21, 22, 23], conditions: conditions, truncation: 1)
            let sets = try EvaluatedSets(checkpoint: checkpoint, data: data, images: 4, seed: 5)
            #expect(try sets.generated.images([0, 1, 2, 3]) == expected)
            #expect(try sets.generated.images([2]) == Array(expected[2 * 768..<3 * 768]))
            let inOrder = DatasetConditions.vectors(try dataset.vectors(of: Array(0..<4)), components: 2)
            #expect(try file.images(seeds: [20, 21, 22, 23], conditions: inOrder, truncation: 1) != expected)
        }
    }
}
