import Failure
import Foundation
import Storage
import Testing

/// A rank reads its own rows and no others.
@Suite struct RowsReadTests {
    /// Large images, of which each has a chunk of its own: of all others the chunks are damaged, so that reading any of
    /// them would fail.
    @Test(arguments: [0, 1]) func ofOtherRanksMayBeUnreadable(rank: Int) throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("data")
        let (count, batch, size) = (16, 8, 256 * 256)
        let rows = try makeDataset(
            folder, count: count, resolution: 256, channels: 1, classes: 0, semantic: 2, shards: 2)
        let order = SampleOrder(count: count, seed: 7, mirror: false)
        // The first half of each batch is rank 0's.
        let positions = (0..<count).filter { $0 % batch / (batch / 2) == rank }
        let own = Set(positions.map { order[$0].row })
        #expect(own.count == count / 2)
        for shard in 0..<2 {
            try StagingCase.change("\(folder)/shard-0000\(shard).h5") { data in
                for row in shard * 8..<shard * 8 + 8 where !own.contains(row) {
                    let place = try #require(data.range(of: Data(rows.images[row * size..<(row + 1) * size])))
                    data[place.lowerBound + 1000] ^= 1
                }
            }
        }
        let dataset = try Dataset(folder)
        let reader = MinibatchReader(dataset: dataset, seed: 7, mirror: false, withMaps: false, withConditions: false)
        for start in stride(from: 0, to: positions.count, by: batch / 2) {
            reader.request(positions: Array(positions[start..<start + batch / 2]))
        }
        for start in stride(from: 0, to: positions.count, by: batch / 2) {
            let images = try reader.next().images
            for index in 0..<batch / 2 {
                let row = order[positions[start + index]].row
                #expect(images[index * size..<(index + 1) * size] == rows.images[row * size..<(row + 1) * size])
            }
        }
        for row in 0..<count where !own.contains(row) {
            expectError(ExitCode.badData, "damaged") { _ = try dataset.read(rows: [row]) }
        }
    }
}
