import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Jobs that want one run folder.
    @Suite struct TwoJobs {
        private func run(_ scratch: Scratch, _ options: String...) throws -> TestRun {
            TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.4"] + options)
        }

        private func lock(_ run: TestRun) -> String { run.folder + "/lock" }

        private func log(_ run: TestRun) throws -> String {
            try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
        }

        @Test func theSecondIsRefusedAndTheFirstGoesOn() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 1_000_000, ranks: 2)
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            let holder = try #require(job.rankProcesses()[0])
            for (ranks, options) in [(nil, []), (2, []), (nil, ["--resume", "never"])] as [(Int?, [String])] {
                let result = try Program.run(run.arguments(1_000_000) + options, ranks: ranks)
                expect(
                    result, status: 73, says: "\(run.folder): is in use by process \(holder) on ", " since 20",
                    "kill -USR1 \(holder)")
                #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            }
            // Read-only commands and a dry run need no lock.
            expect(try run.train(images: 8, "--dry-run"), status: 0)
            expect(try Program.run(["inspect", run.folder]), status: 0)
            let supervised = try ChildProcess(
                [Repository.script("supervise"), "-n", "1", "--backoff", "0:0", "--program"]
                    + [ChildProcess.product("ganglion"), "--"] + run.arguments(1_000_000)
            ).wait(seconds: 100)
            expect(supervised, status: 73, says: "is in use by process \(holder)", "73, which a restart does not cure")
            #expect(!supervised.stderr.contains("start 2"))

            // As the message advises.
            kill(holder, SIGUSR1)
            expect(job.wait(seconds: 100), status: 75, says: "stopped by SIGUSR1")
            #expect(!FileManager.default.fileExists(atPath: lock(run)))
            #expect(try log(run).ranges(of: " info quick-reference: ").count == 1, "only one has begun")
            let steps = try run.statistics().compactMap { $0["step"] as? Int }
            #expect(steps == steps.sorted() && Set(steps).count == steps.count)
            let shown = try #require(run.checkpoints.reached())
            let undisturbed = TestRun(data: run.data, folder: scratch("undisturbed"), options: run.options)
            try undisturbed.finish(images: shown)
            #expect(try differences(undisturbed.contents(shown), run.contents(shown)) == [])
        }

        @Test func aKilledHolderIsReplacedAtOnce() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 1_000_000, ranks: 2)
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            let holder = try #require(job.rankProcesses()[0])
            kill(holder, SIGKILL)
            expectLost(0, job.wait(seconds: 100))
            #expect(FileManager.default.fileExists(atPath: lock(run)))
            let shown = try #require(run.checkpoints.reached())
            let result = try run.train(images: shown + 80, ranks: 2)
            expect(
                result, status: 0, says: "took over the run folder from process \(holder) on ", "which has ended",
                "resumed from")
            #expect(!result.stdout.contains("watching"))
            #expect(try log(run).contains("warning took over the run folder from process \(holder)"))
            #expect(!FileManager.default.fileExists(atPath: lock(run)))
        }

        @Test func whatAnotherHostOrSomethingElseLeftIsWatchedFirst() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "cluster.lock_seconds=1")
            let elsewhere = LockHolder(host: "h9", kernel: "another", since: "2025-01-31T12:00:00Z", patience: 1)
            let held = try RunLock(try scratch.folder("run"), as: elsewhere)
            let left = try Data(contentsOf: URL(fileURLWithPath: lock(run)))
            held.release()
            for (bytes, text) in [
                (left, "process \(getpid()) on h9 since 2025"), (Data(count: 5000), "no lock that can be"),
            ] {
                try bytes.write(to: URL(fileURLWithPath: lock(run)))
                let result = try run.train(images: 16, ranks: 2)
                expect(result, status: 0, says: text, "watching its lock for 1 s", "took over the run folder")
            }
            // One that is alive.
            let other = try RunLock(run.folder, as: elsewhere)
            expect(try run.train(images: 16), status: 73, says: "is in use by process \(getpid()) on h9")
            let waiting = try run.start(images: 16, ranks: nil, "--lock-wait", "60")
            #expect(waiting.waitForOutput { $0.contains("waiting for its end") })
            other.release()
            expect(waiting.wait(seconds: 60), status: 0, says: "done: 16 images")
        }

        @Test func whoHasBeenReplacedEnds() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let job = try run.start(images: 1_000_000)
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            // What another host leaves that has heard nothing for long enough.
            let other = try RunLock(
                try scratch.folder("elsewhere"),
                as: LockHolder(host: "h9", kernel: "another", since: "2025-01-31T12:00:00Z", patience: 9))
            let left = try Data(contentsOf: URL(fileURLWithPath: scratch("elsewhere/lock")))
            other.release()
            try left.write(to: URL(fileURLWithPath: lock(run)), options: .atomic)
            expect(job.wait(seconds: 60), status: 73, says: "\(lock(run)): names process", "on h9 since")
            #expect(try Data(contentsOf: URL(fileURLWithPath: lock(run))) == left, "it is the other's")
            #expect(!FileManager.default.fileExists(atPath: run.folder + "/ended.json"), "as is how it ends")
        }

        @Test func whatIsNoFileIsNamed() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            _ = try scratch.folder("run/lock")
            expect(try run.train(images: 16, ranks: 2), status: 73, says: "\(lock(run)): is a folder, expected a file")
            #expect(!FileManager.default.fileExists(atPath: run.folder + "/log.txt"), "before anything is written")
        }
    }
}
