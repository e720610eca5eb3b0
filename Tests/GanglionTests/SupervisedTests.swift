import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The script `cluster/supervise`.
    @Suite struct Supervised {
        private static let script = Repository.script("supervise")

        private func supervise(_ options: [String], _ program: String, _ arguments: [String]) throws -> ChildProcess {
            try ChildProcess([Self.script, "-n", "2", "--program", program] + options + ["--"] + arguments)
        }

        @Test func startsAgainAfterAKillAndEndsWithTheSameBits() throws {
            let scratch = try Scratch()
            let options = TestRun.tiny + ["--set", "checkpoint.every_kimg=0.4"]
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"), options: options)
            let job = try supervise(["--backoff", "0:1"], ChildProcess.product("ganglion"), run.arguments(16_000))
            try #require(try run.hasCheckpoint(of: job), "\(job.stdout)\(job.stderr)")
            kill(try #require(rank(1, of: run)), SIGKILL)
            let result = job.wait(seconds: 200)
            expect(result, status: 0, says: "done after 2 starts")
            // As in `expectLost`.
            let words = [137, 14].map { "ended with exit code \($0) at checkpoint 0" }
            #expect(words.contains { result.stderr.contains($0) }, "\(result.stderr)")
            let undisturbed = TestRun(data: run.data, folder: scratch("undisturbed"), options: options)
            try undisturbed.finish(images: 16_000)
            #expect(try differences(undisturbed.contents(16_000), run.contents(16_000)) == [])
        }

        @Test func doesNotRepeatWhatARestartDoesNotCure() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let job = try supervise(
                [], ChildProcess.product("ganglion"), run.arguments(160) + ["--set", "cluster.bucket_mb=-1"])
            let result = job.wait(seconds: 60)
            expect(result, status: 78, says: "cluster.bucket_mb", "78, which a restart does not cure")
            #expect(!result.stderr.contains("start 2"))
        }

        @Test func givesUpWhereNoStartBringsACheckpoint() throws {
            let scratch = try Scratch()
            let job = try supervise(
                ["--backoff", "0:0", "--stuck", "2"], "/bin/false", ["train", "--run", scratch("run")])
            expect(job.wait(seconds: 60), status: 1, says: "start 3", "2 restarts in a row brought no new checkpoint")
        }

        @Test func obeysASignalBetweenTwoStarts() throws {
            let scratch = try Scratch()
            let job = try supervise(["--backoff", "300:300"], "/bin/false", ["train", "--run", scratch("run")])
            #expect(eventually(seconds: 30) { job.stderr.contains("next start in 300 s") }, "\(job.stderr)")
            job.send(SIGTERM)
            expect(job.wait(seconds: 60), status: 75, says: "stopped as asked between two starts")
        }

        /// The process of a rank, found by its command line and its environment.
        private func rank(_ rank: Int, of run: TestRun) -> pid_t? {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.lazy.compactMap { pid_t($0) }.first { process in
                func strings(_ file: String) -> [String] {
                    (FileManager.default.contents(atPath: "/proc/\(process)/\(file)") ?? Data()).split(separator: 0)
                        .map { String(decoding: $0, as: UTF8.self) }
                }
                return strings("cmdline").contains(run.folder)
                    && strings("environ").contains("OMPI_COMM_WORLD_RANK=\(rank)")
            }
        }
    }
}
