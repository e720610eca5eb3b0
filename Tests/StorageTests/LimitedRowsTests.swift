import Failure
import Storage
import Testing

/// A part of a dataset's rows, for studies of small data.
@Suite struct LimitedRowsTests {
    let temporary: TemporaryFolder
    let folder: String
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    @Test func rowsOfALowerLimitAreAmongThoseOfAHigher() throws {
        try makeDataset(folder, count: 40)
        let dataset = try Dataset(folder)
        let all = dataset.rows(limit: 40, seed: 3)
        #expect(all.sorted() == Array(0..<40) && all != Array(0..<40))
        #expect(dataset.rows(limit: 7, seed: 3) == Array(all.prefix(7)))
        #expect(dataset.rows(limit: 40, seed: 4) != all)
    }

    /// An epoch shows each row once, and once flipped.
    @Test(arguments: [false, true]) func onlyTheyAreShown(mirror: Bool) throws {
        let rows = try makeDataset(folder, count: 20)
        let dataset = try Dataset(folder)
        let chosen = dataset.rows(limit: 6, seed: 0)
        let order = SampleOrder(rows: chosen, seed: 5, mirror: mirror)
        #expect(order.epochSize == (mirror ? 12 : 6))
        for epoch in 0..<3 {
            let shown = (0..<order.epochSize).map { order[epoch * order.epochSize + $0] }
            for isFlipped in mirror ? [false, true] : [false] {
                let found = shown.filter { $0.isFlipped == isFlipped }.map(\.row)
                #expect(found.sorted() == chosen.sorted())
            }
        }
        // Of all rows it is the order that it ever was.
        let (some, all) = (
            SampleOrder(rows: Array(0..<20), seed: 9, mirror: mirror), SampleOrder(count: 20, seed: 9, mirror: mirror)
        )
        #expect((0..<100).allSatisfy { some[$0] == all[$0] })

        let reader = MinibatchReader(dataset: dataset, order: order)
        reader.request(positions: [4])
        let sample = order[4]
        let map = try #require(rows.semantic)[sample.row * 64..<(sample.row + 1) * 64]
        let lines = (0..<8).map { Array(map.dropFirst($0 * 8).prefix(8)) }
        let expected = lines.flatMap { sample.isFlipped ? $0.reversed() : $0 }
        #expect(try reader.next().semantic == expected)
    }

    /// A shard that states fewer values than its maps hold.
    @Test(arguments: [8, 4]) func valuesBeyondThoseStatedAreNamed(resolution: Int) throws {
        let path = temporary.file("forged/shard-00000.h5")
        try makeDataset(folder, count: 3, semantic: 5, shards: 1)
        let rows = try Dataset(folder).read(rows: 0..<3)
        try Files.makeFolder(temporary.file("forged"))
        let file = try HDF5File(inMemory: path)
        try file.write(rows.images, shape: [3, 8, 8, 3], to: "images", chunkRows: 1, fletcher32: true)
        try file.write([0, 1, 2] as [Int32], shape: [3], to: "labels", chunkRows: 3, fletcher32: true)
        let maps = [UInt8](repeating: 0, count: 128) + [UInt8](repeating: 4, count: 64)
        try file.write(maps, shape: [3, 8, 8], to: "semantic", chunkRows: 1, fletcher32: true)
        let attributes: [(String, AttributeValue)] = [
            ("format", .string("ganglion-dataset")), ("version", .int(1)), ("dataset_id", .string("x")),
            ("shard", .int(0)), ("shards", .int(1)), ("count_total", .int(3)), ("resolution", .int(8)),
            ("channels", .int(3)), ("classes", .int(5)), ("semantic_classes", .int(4)),
        ]
        for (name, value) in attributes { try file.setAttribute(name, to: value) }
        try file.save(to: path)
        let reader = MinibatchReader(dataset: try Dataset(temporary.file("forged")), seed: 0, mirror: false)
        reader.request(positions: [0, 1, 2], resolution: resolution)
        expectError(ExitCode.badData, path, "row 2", "holds 4", "0 to 3") { _ = try reader.next() }
        // Who wants no maps is not troubled.
        let plain = MinibatchReader(
            dataset: try Dataset(temporary.file("forged")), seed: 0, mirror: false, withMaps: false)
        plain.request(positions: [0, 1, 2], resolution: resolution)
        #expect(try plain.next().semantic == nil)
    }
}
