import Cluster
import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Each rank reads its own rows: what is wrong with them is that rank's to say, and ends the job.
    @Suite struct OneRanksData {
        /// Images so large that each has a chunk of its own; one that only `rank` reads, in the third step, is damaged.
        private func damaged(for rank: Int, _ scratch: Scratch) throws -> (run: TestRun, shard: String) {
            let (count, batch) = (32, 8)
            let data = try scratch.shapes(count: count, resolution: 128, shards: 2)
            let whole = try Dataset(data).read(rows: 0..<count).images
            let order = SampleOrder(count: count, seed: 0, mirror: false)
            let own = (0..<batch / 2).map { order[2 * batch + rank * batch / 2 + $0].row }
            // Rank 0 draws the first four on the sheet of reals.
            let row = try #require(own.first { $0 >= 4 })
            let shard = "\(data)/shard-0000\(row / (count / 2)).h5"
            let size = whole.count / count
            try damage(shard) { bytes in
                let range = bytes.range(of: Data(whole[row * size..<(row + 1) * size]))
                if let range { bytes[range.lowerBound + size / 2] ^= 1 }
            }
            return (TestRun(data: data, folder: scratch("run")), shard)
        }

        @Test(arguments: [0, 1]) func whenDamagedIsNamedByThatRank(rank: Int) throws {
            let scratch = try Scratch()
            let (run, shard) = try damaged(for: rank, scratch)
            // A job that ended only after a time-out would end with that one's code.
            let result = try Program.run(run.arguments(32), ranks: 2, seconds: 60)
            expect(result, status: 65, says: "[rank \(rank) on \(RankDiagnostics.hostName)", "\(shard): images, row ")
            #expect(!result.stderr.contains("[rank \(1 - rank) on"), "\(result.stderr)")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            // The steps before it were taken.
            expect(try Program.run(run.arguments(16), ranks: 2), status: 0)
        }
    }

    /// Real images that samples are compared with for a warning, and that training does not come by.
    @Suite struct RealsOfAWarning {
        @Test func mayBeDamaged() throws {
            let scratch = try Scratch()
            let count = 96
            let data = try scratch.shapes(count: count, resolution: 128, shards: 2)
            let run = TestRun(
                data: data, folder: scratch("run"), options: TestRun.tiny + TestRun.sets("snapshot.every_kimg=0.008"))
            try run.finish(images: 8)
            let whole = try Dataset(data).read(rows: 0..<count).images
            let order = SampleOrder(count: count, seed: 0, mirror: false)
            // Two steps of eight, and what is read ahead.
            let trained = Set((8..<48).map { order[$0].row })
            let row = try #require((0..<4).first { !trained.contains($0) })
            let size = whole.count / count
            try damage(data + "/shard-00000.h5") { bytes in
                let range = bytes.range(of: Data(whole[row * size..<(row + 1) * size]))
                if let range { bytes[range.lowerBound + size / 2] ^= 1 }
            }
            let words = "how much samples of 128×128 differ is not compared with real images"
            expect(
                try run.train(images: 24), status: 0, says: "warning: ", "shard-00000.h5: images, row ", words, "done: "
            )
            let log = try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
            #expect(log.ranges(of: words).count == 1)
        }
    }

    /// Shards are opened without locks, as some file systems have none: somebody else's do not matter.
    @Suite struct LockedShards {
        private func info(_ data: String, _ environment: String...) throws -> ProcessResult {
            let program = try ChildProcess.product("ganglion")
            return try ChildProcess.run(["env"] + environment + [program, "dataset", "info", data])
        }

        @Test func areRead() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let shard = data + "/shard-00001.h5"
            let descriptor = open(shard, O_RDONLY)
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            expect(try info(data, "-u", "HDF5_USE_FILE_LOCKING"), status: 0, says: "images     64")
            // That there was something to collide with.
            let locking = try info(data, "HDF5_USE_FILE_LOCKING=TRUE")
            expect(locking, status: 65, says: shard, "unable to lock", "Set HDF5_USE_FILE_LOCKING=FALSE")
        }
    }
}
