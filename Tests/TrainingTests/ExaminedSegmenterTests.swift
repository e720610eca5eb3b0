import Cluster
import Evaluation
import Layers
import Models
import NumericalTesting
import Storage
import TestSupport
import Testing
import Training

/// A segmenter's examination.
@Suite struct ExaminedSegmenterTests {
    private static let count = 40
    private static let shape = FeatureClassifierShape(resolution: 16, imageChannels: 3, classes: 3, widths: [8, 8, 8])

    private static func network(ignored: Int? = nil) -> SegmenterNetwork {
        let segmenter = Segmenter(shape)
        let parameters = Parameters(segmenter.declarations)
        parameters.initialize(seed: 1, network: 7)
        return SegmenterNetwork(segmenter, parameters, ignored: ignored)
    }

    /// Noise of 32² and maps of blocks.
    private static func dataset(_ folder: String) throws -> Dataset {
        let description = DatasetDescription(resolution: 32, channels: 3, semanticClasses: 3)
        let writer = try DatasetWriter(folder: folder, description: description, shards: 1)
        for row in 0..<count {
            var samples = Samples(seed: UInt64(row) + 3)
            try writer.append(
                image: samples.floats(32 * 32 * 3, 0...255).map { UInt8($0) },
                semantic: (0..<32 * 32).map { UInt8(($0 / 32 / 4 + $0 % 32 / 4 + row) % 3) })
        }
        _ = try writer.finish()
        return try Dataset(folder)
    }

    /// It sees the pixels that it would learn from, which are rounded, and not their means; ranks share the rows.
    @Test func imagesAreReducedAsWhereItLearns() throws {
        try withTemporaryFolder { folder in
            let dataset = try Self.dataset(folder + "/data")
            let rows = Array(stride(from: 0, to: Self.count, by: 1).filter { $0 % 8 != 5 })
            let read = try dataset.read(rows: rows)
            let maps = try #require(read.semantic)
            let truth = MajorityFilter.down(maps, count: rows.count, height: 32, width: 32, factor: 2)
            let small = BoxFilter.down(
                read.images, count: rows.count, height: 32, width: 32, channels: 3, factor: 2)
            let told = Self.network().classes(
                of: small.map { Float($0) }, count: rows.count, resolution: 16, channels: 3)
            let means = Self.network().classes(
                of: read.images.map { Float($0) }, count: rows.count, resolution: 32, channels: 3)
            #expect(means != told, "the test would not tell them apart")
            var expected = ConfusionMatrix(classes: 3)
            expected.add(truth: truth, told: told)
            for ranks in [1, 3] {
                let found = try LoopbackGroup(size: ranks).run { member in
                    let dataset = try Dataset(folder + "/data")
                    return try ExaminedSegmenter(dataset: dataset, rows: rows).counts(Self.network(), member)
                }
                #expect(found.allSatisfy { $0 == expected }, "\(ranks) ranks")
            }
            let leaving = Self.network(ignored: 0)
            let some = try ExaminedSegmenter(dataset: dataset, rows: rows, ignored: 0)
                .counts(leaving, LoopbackCommunicator())
            #expect(some.total == truth.count { $0 != 0 })
            #expect((0..<3).allSatisfy { some.pixels[$0] == 0 && some.pixels[$0 * 3] == 0 })
        }
    }
}
