import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Ranks that stop, or are slow, without dying.
    @Suite struct StoppedRank {
        private func train(_ scratch: Scratch, _ more: [String]) throws -> (TestRun, ChildProcess) {
            let run = TestRun(
                data: try scratch.shapes(count: 256, resolution: 16), folder: scratch("run"),
                options: TestRun.tiny + ["--batch", "16", "--set", "checkpoint.every_kimg=0.2"] + more)
            let job = try run.start(images: 4_000_000, ranks: 4)
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            // Every rank has told meanwhile in which step it is.
            usleep(2_500_000)
            return (run, job)
        }

        /// The last rank names the first, the first all others.
        @Test(arguments: [0, 2]) func isNamed(_ stopped: Int) throws {
            let scratch = try Scratch()
            let (run, job) = try train(scratch, ["--set", "cluster.stall_seconds=6"])
            let victim = try #require(job.rankProcesses()[stopped])
            kill(victim, SIGSTOP)
            let result = job.wait(seconds: 100)
            expect(
                result, status: 70, says: "stalled: rank \(stopped) on ", "has not arrived at the ",
                "rank \(stopped) silent for", "last in step", "[rank \(stopped == 0 ? 3 : 0) on ")
            // Nothing that was written is lost: the run goes on.
            let before = try #require(try run.checkpoints.openNewestUsable())
            #expect(before.rejected.isEmpty)
            let images = try #require(Int((before.path as NSString).lastPathComponent.dropLast(3)))
            try run.finish(images: images + 80, ranks: 2, "--set", "cluster.stall_seconds=120")
        }

        /// Stopped for most of the time, but never for long.
        @Test func aSlowOneIsNamedAndTheRunGoesOn() throws {
            let scratch = try Scratch()
            let (run, job) = try train(scratch, ["--set", "cluster.stall_seconds=20"])
            let victim = try #require(job.rankProcesses()[1])
            let log = { (try? String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)) ?? "" }
            let isNamed = eventually(seconds: 60) {
                kill(victim, SIGSTOP)
                usleep(30_000)
                kill(victim, SIGCONT)
                usleep(2_000)
                return log().contains("slow: rank 1 on ")
            }
            #expect(isNamed)
            let line = try #require(try run.statistics().last)
            #expect(line["ranks/work_seconds_max"] as? Double ?? 0 >= line["ranks/work_seconds_median"] as? Double ?? 1)
            job.send(SIGUSR1)
            expect(job.wait(seconds: 100), status: 75, says: "stopped by SIGUSR1")
        }
    }
}
