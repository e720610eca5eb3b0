import Cluster
import Configuration
import Evaluation
import Recipes
import SmallRuns
import Storage
import TestSupport
import Testing
import Training

/// What runs read of pairs, and the sheets that show them.
@Suite struct PairSheetTests {
    private static let count = 5

    /// Label maps and images of two channels beside the images: fields, or pictures of another kind.
    private static func dataset(_ folder: String, side: Int) throws -> Dataset {
        let condition = SampleFormat(
            element: .float32, height: side, width: side,
            channels: ["a", "b"].map {
                SampleFormat.Channel(name: $0, transform: ChannelTransform(center: 0.5, scale: 0.25))
            })
        let description = DatasetDescription(
            format: .picture(resolution: side, channels: 3), semanticClasses: Small.mapClasses,
            imageCondition: condition)
        let writer = try DatasetWriter(folder: folder, description: description, shards: 1)
        for row in 0..<count {
            try writer.append(
                image: (0..<side * side * 3).map { UInt8(($0 * (row + 3)) % 251) },
                semantic: (0..<side * side).map { UInt8(($0 / side / 4 + $0 % side / 4 * (row + 1)) % 4) },
                imageCondition: (0..<side * side * 2).map { Float($0 * (row + 2) % 97) / 97 })
        }
        _ = try writer.finish()
        return try Dataset(folder)
    }

    /// Pairs that are read one by one are those that are read together.
    @Test(arguments: [SmallPairs.oasis, SmallPairs.pix2pix]) func partsMakeNoDifference(_ known: SmallPairs) throws {
        try withTemporaryFolder { folder in
            let dataset = try Self.dataset(folder + "/data", side: known.side)
            let engine = try known.engine()
            let networks = engine.networks
            let rows = [3, 0, 4]
            func sheet(_ bytesAtOnce: Int) throws -> PairSheet {
                try PairSheet(engine.configuration, of: dataset, rows: rows, bytesAtOnce: bytesAtOnce)
            }
            let (whole, parts) = (try sheet(1 << 24), try sheet(1))
            let images = try whole.images(networks.generator, networks.average)
            #expect(try parts.images(networks.generator, networks.average) == images)
            #expect(whole.cells(beside: images) == parts.cells(beside: images) && parts.count == 3)
            let read = try dataset.read(rows: rows)
            let (maps, beside) = (try #require(read.semantic), try #require(read.imageConditions))
            let format = try #require(dataset.description.imageCondition)
            let conditions: PixelConditions =
                engine.configuration.data.condition == .map
                ? .maps(maps, height: known.side, width: known.side)
                : .images(format.normalized(beside), height: known.side, width: known.side)
            let expected = try SampleImages.translated(
                networks.generator, networks.average, conditions: conditions, seeds: [0, 1, 2])
            #expect(images == expected)
        }
    }

    /// What nobody looks at is not read: a rank's memory is told without it.
    @Test func onlyWhatARunLooksAtIsRead() throws {
        try withTemporaryFolder { folder in
            let dataset = try Self.dataset(folder + "/data", side: 64)
            func read(_ configuration: ResolvedConfiguration) throws -> (maps: Bool, conditions: Bool) {
                let reader = MinibatchReader(configuration, of: dataset)
                reader.request(positions: [0, 1])
                let minibatch = try reader.next()
                return (minibatch.semantic != nil, minibatch.imageConditions != nil)
            }
            let maps = try read(SmallPairs.ccfpse.configuration())
            #expect(maps.maps && !maps.conditions)
            let images = try read(SmallPairs.pix2pix.configuration())
            #expect(!images.maps && images.conditions)
            let none = try read(Small.configuration(resolution: 64))
            #expect(!none.maps && !none.conditions)
            let supervised = try read(Small.configuration(["supervision=labels"], resolution: 64))
            #expect(supervised.maps && !supervised.conditions)
        }
    }
}
