import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Datasets that are lost while a run reads them. They are larger than the chunks that HDF5 keeps in memory.
    @Suite struct DamagedShards {
        private func run(_ scratch: Scratch) throws -> TestRun {
            TestRun(
                data: try scratch.shapes(count: 6000, resolution: 16, shards: 2), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.2"])
        }

        @Test(arguments: [nil, 2] as [Int?], [false, true])
        func midWayEndTheRunWithTheirNames(ranks: Int?, isCut: Bool) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 1_000_000, ranks: ranks)
            #expect(try eventually { try !run.checkpoints.list().isEmpty }, "\(job.stderr)")
            let shard = run.data + "/shard-00001.h5"
            let whole = try #require(FileManager.default.contents(atPath: shard))
            try damage(shard) { data in
                if isCut { data.removeLast(data.count / 2) } else { scramble(&data) }
            }
            expect(job.wait(seconds: 400), status: 65, says: shard, "damaged")
            #expect(job.stderr.ranges(of: "error: ").count == 1, "\(job.stderr)")
            let newest = try #require(try run.checkpoints.openNewestUsable())
            #expect(newest.rejected.isEmpty)

            // Once the shard is back the run goes on.
            try damage(shard) { $0 = whole }
            let shown = try #require(newest.contents.attribute("images_shown")?.intValue)
            expect(try run.train(images: shown + 80, ranks: ranks), status: 0, says: "resumed from \(newest.path)")
        }

        @Test func removedMidWayAreMissedWhenTheRunIsResumed() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 1_000_000, ranks: 2)
            #expect(try eventually { try !run.checkpoints.list().isEmpty }, "\(job.stderr)")
            // An open file lives on until it is closed.
            try FileManager.default.removeItem(atPath: run.data + "/shard-00001.h5")
            job.send(SIGUSR1)
            expect(job.wait(seconds: 400), status: 75)
            let before = contents(of: run.folder)
            let result = try run.train(images: 2_000_000, ranks: 2)
            expect(result, status: 65, says: "\(run.data)/shard-00001.h5: shard 1 of 2 is missing")
            #expect(contents(of: run.folder) == before)
        }

        /// Changes the pixels, and leaves the structure of the file alone.
        private func scramble(_ data: inout Data) {
            for index in stride(from: data.count / 10, to: data.count / 2, by: 7) { data[index] ^= 0x5A }
        }
    }
}
