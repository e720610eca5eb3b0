import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Processes that die without a word.
    @Suite struct KilledRanks {
        @Test(arguments: [0, 1]) func endTheJobAndTheRunGoesOn(rank: Int) throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.2"])
            let job = try run.start(images: 1_000_000, ranks: 2)
            #expect(try eventually { try run.checkpoints.list().count >= 2 }, "\(job.stderr)")
            let processes = job.rankProcesses()
            #expect(processes.count == 2)
            kill(try #require(processes[rank]), SIGKILL)
            expectLost(rank, job.wait(seconds: 400))
            for process in processes.values { #expect(ChildProcess.hasEnded(process, seconds: 10)) }
            #expect(!FileManager.default.fileExists(atPath: run.folder + "/ended.json"), "it has told of no end")

            try resumeAsIfNothingHadHappened(run, scratch, ranks: 2)
        }

        /// Rank 0 writes the checkpoints; it is killed as soon as a temporary file shows.
        @Test func inTheMiddleOfACheckpointLeaveAUsableOne() throws {
            let scratch = try Scratch()
            // Networks large enough for a write that takes a while.
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + [
                    "--set", "model.channel_max=64", "--set", "model.channel_base=2048",
                    "--set", "checkpoint.every_kimg=0.008",
                ])
            var caught = 0
            // A process that is slow to be killed may have finished its write; there are more of them.
            for attempt in 1...40 where caught < 4 {
                let before = try run.checkpoints.list().first
                let job = try run.start(images: 1_000_000, ranks: attempt == 1 ? 2 : nil)
                #expect(try eventually { try run.checkpoints.list().first != before }, "\(job.stdout)\(job.stderr)")
                let rank0 = attempt == 1 ? try #require(job.rankProcesses()[0]) : job.pid
                #expect(eventually { !partials(run).isEmpty })
                kill(rank0, SIGKILL)
                let result = job.wait(seconds: 400)
                if attempt == 1 { expectLost(0, result) } else { expect(result, status: 137) }
                if !partials(run).isEmpty { caught += 1 }
                let choice = try #require(try run.checkpoints.openNewestUsable())
                #expect(choice.rejected.isEmpty, "a temporary file passed for a checkpoint")
                for name in try run.checkpoints.list() {
                    #expect(throws: Never.self, "attempt \(attempt)") { try run.checkpoints.read(name) }
                }
            }
            #expect(caught > 0, "no process was killed while it wrote")
            try resumeAsIfNothingHadHappened(run, scratch, ranks: nil)
            #expect(partials(run) == [], "what killed processes leave is cleared away")
        }

        private func partials(_ run: TestRun) -> [String] {
            let names = try? FileManager.default.contentsOfDirectory(atPath: run.folder + "/checkpoints")
            return (names ?? []).filter { $0.contains(".partial-") }
        }

        /// Ten steps more, compared with a run that nothing happened to.
        private func resumeAsIfNothingHadHappened(_ run: TestRun, _ scratch: Scratch, ranks: Int?) throws {
            let newest = try #require(try run.checkpoints.openNewestUsable())
            let shown = try #require(newest.contents.attribute("images_shown")?.intValue)
            let result = try run.train(images: shown + 80, ranks: ranks)
            expect(result, status: 0, says: "resumed from \(newest.path)")
            let undisturbed = TestRun(data: run.data, folder: scratch("undisturbed"), options: run.options)
            try undisturbed.finish(images: shown + 80)
            #expect(try differences(undisturbed.contents(shown + 80), run.contents(shown + 80)) == [])
        }
    }
}
