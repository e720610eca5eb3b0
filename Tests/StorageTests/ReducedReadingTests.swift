import Failure
import Foundation
import Storage
import Testing

/// A ``MinibatchReader`` below the dataset's resolution.
@Suite struct ReducedReadingTests {
    let temporary: TemporaryFolder
    let folder: String
    /// 40 images of 16².
    let count = 40
    init() throws {
        temporary = try TemporaryFolder()
        folder = temporary.file("data")
    }

    /// Reads one epoch after the other in batches of 8, and returns what came.
    private func epoch(_ reader: MinibatchReader, _ index: Int, _ resolution: Int?, size: Int? = nil) throws
        -> [Minibatch]
    {
        let size = size ?? count
        let starts = stride(from: index * size, to: (index + 1) * size, by: 8)
        for start in starts { reader.request(positions: Array(start..<start + 8), resolution: resolution) }
        return try starts.map { _ in try reader.next() }
    }

    @Test(arguments: [1, 3], [1, 4, 8]) func isFilteredAndThenFlipped(channels: Int, resolution: Int) throws {
        let rows = try makeDataset(folder, count: count, resolution: 16, channels: channels)
        let factor = 16 / resolution
        let images = BoxFilter.down(
            rows.images, count: count, height: 16, width: 16, channels: channels, factor: factor)
        let maps = MajorityFilter.down(rows.semantic ?? [], count: count, height: 16, width: 16, factor: factor)
        let (imageSize, mapSize) = (resolution * resolution * channels, resolution * resolution)
        let order = SampleOrder(count: count, seed: 9, mirror: true)
        for withMaps in [true, false] {
            let reader = MinibatchReader(dataset: try Dataset(folder), seed: 9, mirror: true, withMaps: withMaps)
            // The first epoch fills the cache, the second comes out of it.
            for index in 0..<2 {
                for (step, batch) in try epoch(reader, index, resolution, size: 2 * count).enumerated() {
                    #expect(batch.count == 8 && batch.height == resolution && batch.width == resolution)
                    #expect(batch.channels == channels && (batch.semantic != nil) == withMaps)
                    for i in 0..<8 {
                        let (row, isFlipped) = order[index * 2 * count + step * 8 + i]
                        let image = Array(images[row * imageSize..<(row + 1) * imageSize])
                        let map = Array(maps[row * mapSize..<(row + 1) * mapSize])
                        #expect(
                            Array(batch.images[i * imageSize..<(i + 1) * imageSize])
                                == (isFlipped ? mirrored(image, width: resolution, channels: channels) : image))
                        #expect(batch.labels?[i] == rows.labels?[row])
                        if let found = batch.semantic {
                            #expect(
                                Array(found[i * mapSize..<(i + 1) * mapSize])
                                    == (isFlipped ? mirrored(map, width: resolution, channels: 1) : map))
                        }
                    }
                }
            }
            #expect(reader.counts.rowsRead == count)
        }
    }

    @Test func laterEpochsReadNothing() throws {
        try makeDataset(folder, count: count, resolution: 16)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 1, mirror: false)
        #expect(reader.counts.rowsRead == 0 && reader.counts.rowsCached == 0 && reader.counts.cacheBytes == 0)
        let first = try epoch(reader, 0, 4)
        let after = reader.counts
        // Image and map of 4², and a byte a row.
        #expect(after.rowsRead == count && after.rowsCached == count && after.cacheBytes == count * (48 + 16 + 1))
        for index in 1..<6 {
            let later = try epoch(reader, index, 4)
            #expect(reader.counts == after)
            #expect(later != first)
            func sorted(_ batches: [Minibatch]) -> [[UInt8]] {
                batches.flatMap { batch in (0..<8).map { Array(batch.images[$0 * 48..<($0 + 1) * 48]) } }
                    .sorted { $0.lexicographicallyPrecedes($1) }
            }
            #expect(sorted(later) == sorted(first))
        }
    }

    /// Images of 256² have a chunk each, of which HDF5 itself remembers five.
    @Test func laterEpochsNeedNoReadableShards() throws {
        let (count, size) = (12, 256 * 256 * 3)
        let rows = try makeDataset(folder, count: count, resolution: 256, classes: 0, semantic: 0, shards: 1)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 1, mirror: false)
        func images(_ epoch: Int, _ resolution: Int) throws -> [UInt8] {
            reader.request(positions: Array(epoch * count..<(epoch + 1) * count), resolution: resolution)
            return try reader.next().images
        }
        _ = try images(0, 4)
        try StagingCase.change(folder + "/shard-00000.h5") { data in
            for row in 0..<count {
                let place = try #require(data.range(of: Data(rows.images[row * size..<(row + 1) * size])))
                data[place.lowerBound] ^= 1
            }
        }
        let order = SampleOrder(count: count, seed: 1, mirror: false)
        let small = BoxFilter.down(rows.images, count: count, height: 256, width: 256, channels: 3, factor: 64)
        for epoch in 1..<4 {
            let expected = (0..<count).flatMap { position in
                let row = order[epoch * count + position].row
                return small[row * 48..<(row + 1) * 48]
            }
            #expect(try images(epoch, 4) == expected)
        }
        expectError(ExitCode.badData, "XXH3") { _ = try images(4, 8) }
    }

    @Test func theBudgetIsKept() throws {
        try makeDataset(folder, count: count, resolution: 16, semantic: 0)
        let dataset = try Dataset(folder)
        let plain = MinibatchReader(dataset: dataset, seed: 1, mirror: false, cacheBytes: 0)
        // An image of 4² and its byte take 49 bytes.
        for (budget, rows) in [(0, 0), (48, 0), (49, 1), (49 * 11 + 48, 11), (49 * 40, 40), (1 << 30, 40)] {
            let reader = MinibatchReader(dataset: dataset, seed: 1, mirror: false, cacheBytes: budget)
            for index in 0..<3 {
                #expect(try epoch(reader, index, 4) == epoch(plain, index, 4), "epoch \(index)")
                let counts = reader.counts
                // Rows beyond the cache are read in each epoch.
                #expect(counts.rowsRead == count + index * (count - rows))
                #expect(counts.rowsCached == rows)
                #expect(counts.cacheBytes == rows * 49 && counts.cacheBytes <= budget)
            }
        }
        #expect(plain.counts.rowsCached == 0 && plain.counts.cacheBytes == 0)
    }

    /// A row of 8² has 192 bytes, and memory is taken in parts of 256 kB: 1365 rows.
    @Test func memoryIsTakenAsRowsCome() throws {
        try makeDataset(folder, count: 3000, resolution: 16, classes: 0, semantic: 0)
        let dataset = try Dataset(folder)
        let order = SampleOrder(count: 3000, seed: 4, mirror: false)
        let positions = [0..<1365, 1365..<2730, 2730..<3000].map { part in
            (0..<3000).filter { part.contains(order[$0].row) }
        }
        let reader = MinibatchReader(dataset: dataset, seed: 4, mirror: false)
        for (positions, bytes) in zip(positions, [1365 * 192, 2730 * 192, 3000 * 192]) {
            reader.request(positions: [positions[0]], resolution: 8)
            _ = try reader.next()
            #expect(reader.counts.cacheBytes == 3000 + bytes)
            reader.request(positions: positions, resolution: 8)
            _ = try reader.next()
            #expect(reader.counts.cacheBytes == 3000 + bytes)
        }
        #expect(reader.counts.rowsRead == 3000)
    }

    @Test func resolutionsMayBeMixed() throws {
        let rows = try makeDataset(folder, count: count, resolution: 16, semantic: 0)
        let dataset = try Dataset(folder)
        let order = SampleOrder(count: count, seed: 2, mirror: false)
        let reader = MinibatchReader(dataset: dataset, seed: 2, mirror: false, depth: 3)
        let resolutions: [Int?] = [4, 4, 8, 4, 8, 8, 16, 8, nil, nil, 1]
        for (step, resolution) in resolutions.enumerated() {
            reader.request(positions: Array(step * 8..<step * 8 + 8), resolution: resolution)
        }
        for (step, resolution) in resolutions.enumerated() {
            let side = resolution ?? 16
            let batch = try reader.next()
            #expect(batch.height == side && batch.width == side)
            let full = (0..<8).flatMap { i in
                let row = order[step * 8 + i].row
                return rows.images[row * 768..<(row + 1) * 768]
            }
            #expect(
                batch.images
                    == BoxFilter.down(full, count: 8, height: 16, width: 16, channels: 3, factor: 16 / side))
        }
        // All of 1² alone.
        #expect(reader.counts.rowsCached == 8 && reader.counts.cacheBytes == count * (3 + 1))
    }

    @Test func anotherResolutionEmptiesTheCache() throws {
        try makeDataset(folder, count: count, resolution: 16, semantic: 0)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 2, mirror: false)
        for (index, resolution) in [4, 8, 16, 16, 8].enumerated() {
            _ = try epoch(reader, index, resolution)
            let isFull = resolution == 16
            #expect(reader.counts.rowsRead == (index + 1) * count)
            #expect(reader.counts.rowsCached == (isFull ? 0 : count))
            #expect(reader.counts.cacheBytes == (isFull ? 0 : count * (resolution * resolution * 3 + 1)))
        }
    }

    /// 30 images of 512² with 3 channels are more than is read at once.
    @Test func largeImagesAreReadInParts() throws {
        let rows = try makeDataset(folder, count: 30, resolution: 512, classes: 0, semantic: 0, shards: 2)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 2, mirror: false)
        let order = SampleOrder(count: 30, seed: 2, mirror: false)
        reader.request(positions: Array(0..<30), resolution: 4)
        let found = try reader.next()
        let small = BoxFilter.down(rows.images, count: 30, height: 512, width: 512, channels: 3, factor: 128)
        #expect(found.images == (0..<30).flatMap { small[order[$0].row * 48..<(order[$0].row + 1) * 48] })
        #expect(reader.counts.rowsRead == 30)
    }

    @Test func damageIsThrownEachTime() throws {
        let rows = try makeDataset(folder, count: 4, resolution: 256, classes: 0, semantic: 0, shards: 1)
        let path = folder + "/shard-00000.h5"
        let size = 256 * 256 * 3
        try StagingCase.change(path) { data in
            let place = try #require(data.range(of: Data(rows.images[2 * size..<2 * size + 64])))
            data[place.lowerBound] ^= 1
        }
        let order = SampleOrder(count: 4, seed: 0, mirror: false)
        let reader = MinibatchReader(dataset: try Dataset(folder), seed: 0, mirror: false)
        for position in 0..<12 {
            reader.request(positions: [position], resolution: 4)
            if order[position].row == 2 {
                expectError(ExitCode.badData, path, "row 2", "XXH3") { _ = try reader.next() }
            } else {
                #expect(try reader.next().images.count == 48)
            }
        }
        #expect(reader.counts.rowsRead == 3 && reader.counts.rowsCached == 3)
    }
}
