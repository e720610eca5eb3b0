import Foundation
import Storage
import Testing

extension EndToEnd {
    /// Where a run goes on.
    @Suite struct Resume {
        private func run(_ scratch: Scratch, _ options: String...) throws -> TestRun {
            TestRun(data: try scratch.shapes(), folder: scratch("run"), options: TestRun.tiny + options)
        }

        private func steps(_ run: TestRun) throws -> [Int] { try run.statistics().compactMap { $0["step"] as? Int } }

        @Test func aFinishedRunEndsAtOnce() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 96)
            let before = contents(of: run.folder, except: ["log.txt"])
            expect(try run.train(images: 96), status: 0, says: "resumed from \(run.checkpoint(96))", "done: 96 images")
            #expect(contents(of: run.folder, except: ["log.txt"]) == before)
        }

        @Test func moreImagesGoOn() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            for (images, ranks) in [(96, nil), (104, 2), (200, nil)] as [(Int, Int?)] {
                try run.finish(images: images, ranks: ranks)
            }
            #expect(try steps(run) == [12, 13, 25])
            let whole = TestRun(data: run.data, folder: scratch("whole"), options: run.options)
            try whole.finish(images: 200)
            #expect(try differences(whole.contents(200), run.contents(200)) == [])
            #expect(try whole.sheet(200) == run.sheet(200))
        }

        /// What came after the checkpoint is undone: its lines go, its checkpoints no longer count.
        @Test func fromAnOlderCheckpoint() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "checkpoint.every_kimg=0.5", "--set", "checkpoint.keep=9")
            try run.finish(images: 3200)
            #expect(try steps(run) == [125, 250, 375, 400])
            let expected = try run.contents(3200)

            let older = run.checkpoint(1504)
            expect(try run.train(images: 1600, "--resume", older), status: 0, says: "resumed from \(older)")
            #expect(try steps(run) == [125, 200])
            #expect(run.checkpoints.latestName() == "00001600.h5")
            // The last thing that happened is where it goes on, although there are higher numbers.
            expect(try run.train(images: 3200, ranks: 2), status: 0, says: "resumed from \(run.checkpoint(1600))")
            #expect(try steps(run) == [125, 200, 250, 375, 400])
            #expect(try differences(expected, run.contents(3200)) == [])
            #expect(run.checkpoints.latestName() == "00003200.h5")
        }

        @Test func aFileFromElsewhereStartsAnotherRun() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 96)
            let branch = TestRun(data: run.data, folder: scratch("branch"), options: run.options)
            let before = contents(of: run.folder)
            expect(try branch.train(images: 200, "--resume", run.checkpoint(96)), status: 0, says: "resumed from")
            #expect(contents(of: run.folder) == before)
            try run.finish(images: 200)
            #expect(try differences(run.contents(200), branch.contents(200)) == [])
        }

        /// The folder of another run stands for its newest sound checkpoint, in --resume and in --transfer.
        @Test func aRunFolderFromElsewhere() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "checkpoint.every_kimg=0.04")
            try run.finish(images: 96)
            let newest = run.checkpoint(96)
            let note = "\(run.folder): its newest sound checkpoint is \(newest)"
            let branch = TestRun(data: run.data, folder: scratch("branch"), options: run.options)
            expect(
                try branch.train(images: 104, ranks: 2, "--resume", run.folder), status: 0, says: note,
                "resumed from \(newest)")
            try damage(newest) { $0[2000] ^= 1 }
            let transferred = TestRun(data: run.data, folder: scratch("transferred"), options: run.options)
            expect(
                try transferred.train(images: 8, "--transfer", run.folder + "/checkpoints/latest"), status: 0,
                says: "not used: \(newest)", "networks transferred from \(run.checkpoint(80))")
            let lost = TestRun(data: run.data, folder: scratch("lost"), options: run.options)
            expect(
                try lost.train(images: 8, "--resume", try scratch.folder("empty")), status: 65,
                says: scratch("empty"), "a folder without checkpoints")
        }

        @Test func lostAndDamagedLinesOfTheStatistics() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 2000)
            let path = run.folder + "/stats.jsonl"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // As a crash in the middle of a line leaves it.
            try (text + "{\"step\": 251, \"loss/gen").write(toFile: path, atomically: true, encoding: .utf8)
            try run.finish(images: 2400)
            #expect(try steps(run) == [125, 250, 300])
        }
    }
}
