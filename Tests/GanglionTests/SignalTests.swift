import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Requests to stop.
    @Suite struct Signals {
        /// More than any machine shows before the signal reaches it.
        static let images = 1_000_000

        /// SIGUSR1 to mpirun, and SIGUSR1, SIGTERM, SIGINT to a process of its own: a checkpoint, 75, and equal bits.
        @Test(
            arguments: [(2, SIGUSR1), (4, SIGUSR1), (nil, SIGUSR1), (nil, SIGTERM), (nil, SIGINT)] as [(Int?, Int32)])
        func stopAfterACheckpoint(ranks: Int?, signal: Int32) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let options = TestRun.tiny + ["--microbatch", "2", "--set", "checkpoint.every_kimg=0.2"]
            let run = TestRun(data: data, folder: scratch("run"), options: options)
            let job = try run.start(images: Self.images, ranks: ranks)
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            job.send(signal)
            let result = job.wait(seconds: 400)
            let name = [SIGUSR1: "SIGUSR1", SIGTERM: "SIGTERM", SIGINT: "SIGINT"][signal] ?? ""
            expect(result, status: 75, says: "stopped by \(name)", "checkpoint \(run.folder)/checkpoints/")
            let newest = try #require(try run.checkpoints.openNewestUsable())
            let shown = try #require(newest.contents.attribute("images_shown")?.intValue)
            #expect(newest.path == run.checkpoint(shown) && newest.rejected.isEmpty)
            #expect(shown % 8 == 0 && shown < Self.images)
            #expect(result.stdout.contains(newest.path), "the newest is the one it named")
            let told = try String(contentsOfFile: run.folder + "/ended.json", encoding: .utf8)
            #expect(
                told.contains(#""exit_code": 75, "images": \#(shown), "images_asked": \#(Self.images), "#), "\(told)")

            let end = shown + 400
            try run.finish(images: end, ranks: ranks == nil ? nil : 2)
            let undisturbed = TestRun(data: data, folder: scratch("undisturbed"), options: options)
            try undisturbed.finish(images: end)
            #expect(try differences(undisturbed.contents(end), run.contents(end)) == [])
            #expect(try undisturbed.sheet(end) == run.sheet(end))
        }

        /// mpirun kills its ranks a second after it passed SIGTERM on, whatever they are doing.
        @Test func sigtermToMpirunNeverDamagesACheckpoint() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.016"])
            for attempt in 1...4 {
                let before = try run.checkpoints.list().first
                let job = try run.start(images: 1_000_000, ranks: 2)
                #expect(try eventually { try run.checkpoints.list().first != before }, "\(job.stderr)")
                job.send(SIGTERM)
                let result = job.wait(seconds: 400)
                #expect(result.status != 0 && !result.timedOut)
                for name in try run.checkpoints.list() {
                    #expect(throws: Never.self, "attempt \(attempt)") { try run.checkpoints.read(name) }
                }
                #expect(try run.checkpoints.openNewestUsable()?.rejected.isEmpty == true)
            }
            let newest = try #require(try run.checkpoints.openNewestUsable())
            let shown = try #require(newest.contents.attribute("images_shown")?.intValue)
            expect(try run.train(images: shown + 80, ranks: 2), status: 0, says: "resumed from \(newest.path)")
        }
    }
}
