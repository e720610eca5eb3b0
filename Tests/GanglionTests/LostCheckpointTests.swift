import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Checkpoints that are gone, and what messages advise then: each advice is followed.
    @Suite struct LostCheckpoints {
        /// Three checkpoints, after 32, 64 and 96 images.
        private func run(_ scratch: Scratch) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.032"])
            try run.finish(images: 96)
            return run
        }

        private func remove(_ run: TestRun, _ images: Int...) throws {
            for images in images { try FileManager.default.removeItem(atPath: run.checkpoint(images)) }
        }

        /// Refused with nothing changed.
        private func refuse(
            _ run: TestRun, _ extra: [String] = [], status: Int32, ranks: Int? = nil, _ texts: String...,
            location: SourceLocation = #_sourceLocation
        ) throws -> String {
            let before = contents(of: run.folder, except: ["log.txt"])
            let result = try Program.run(run.arguments(128) + extra, ranks: ranks)
            expect(result, status: status, location: location)
            for text in texts { #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location) }
            #expect(contents(of: run.folder, except: ["log.txt"]) == before, sourceLocation: location)
            return result.stderr
        }

        /// What a message says after `--resume`.
        private func advised(_ message: String) throws -> String {
            let rest = try #require(message.components(separatedBy: "give --resume ").dropFirst().first)
            return try #require(rest.split(whereSeparator: \.isWhitespace).first.map(String.init))
        }

        @Test(arguments: [nil, 2] as [Int?]) func theNewest(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let expected = try run.contents(96)
            try remove(run, 96)
            let message = try refuse(
                run, status: 66, ranks: ranks, "\(run.checkpoint(96)): is gone", "there are also \(run.checkpoint(32))")
            #expect(try advised(message) == run.checkpoint(64))
            let result = try run.train(images: 96, ranks: ranks, "--resume", advised(message))
            expect(result, status: 0, says: "resumed from \(run.checkpoint(64))", "goes back from 96 to 64 images")
            #expect(try differences(expected, run.contents(96)) == [])
            try run.finish(images: 128)
        }

        @Test func allOfThem() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try remove(run, 32, 64, 96)
            _ = try refuse(
                run, status: 66, "\(run.checkpoint(96)): is gone", "another --run", "--resume never")
            try FileManager.default.removeItem(atPath: run.folder + "/checkpoints")
            _ = try refuse(
                run, status: 66, ranks: 2, "a run has shown images here (it has left \(run.folder)/stats.jsonl",
                "another --run", "--resume never")
            expect(try run.train(images: 32, "--run", scratch("other")), status: 0)
            expect(try run.train(images: 32, "--resume", scratch("other/checkpoints/00000032.h5")), status: 0)
            try FileManager.default.removeItem(atPath: run.folder + "/checkpoints")
            expect(try run.train(images: 64, "--resume", "never"), status: 0, says: "starts afresh, as asked")
            #expect(try run.statistics().compactMap { $0["step"] as? Int } == [8])
        }

        @Test func whenAllAreDamaged() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            for images in [32, 64, 96] { try damage(run.checkpoint(images)) { $0[500] ^= 1 } }
            _ = try refuse(
                run, status: 65, "all 3 checkpoints are damaged", "remove them and start afresh with --resume never")
            _ = try refuse(
                run, ["--resume", "never"], status: 78, "already holds checkpoints", "remove the run folder")
            try remove(run, 32, 64, 96)
            expect(try run.train(images: 32, "--resume", "never"), status: 0, says: "starts afresh, as asked")
            try FileManager.default.removeItem(atPath: run.folder)
            expect(try run.train(images: 32, "--resume", "never"), status: 0)
        }

        /// A run that ended before its first checkpoint has lost nothing that could be brought back.
        @Test func thatNeverWere() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=100000"])
            let job = try run.start(images: 10_000_000)
            #expect(eventually { (try? run.statistics().isEmpty) == false }, "\(job.stderr)")
            job.send(SIGKILL)
            _ = job.wait(seconds: 60)
            expect(
                try run.train(images: 64), status: 0, says: "begins again: the run has left \(run.folder)/stats.jsonl",
                "ended before its first checkpoint")
            #expect(try run.statistics().compactMap { $0["step"] as? Int } == [8])
            #expect(!run.checkpoints.awaitsFirst)
        }

        /// Counters that no run reaches, in files that are otherwise sound.
        @Test(arguments: ["step", "images_shown", "optimizer_steps_generator", "optimizer_steps_discriminator"])
        func orForged(counter: String) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            var contents = try run.contents(96)
            contents.attributes.removeAll { $0.0 == counter }
            contents.attributes.append((counter, .int(.max)))
            let forged = scratch("forged.h5")
            try CheckpointFile.write(contents, to: forged)
            for arguments in [
                run.arguments(128) + ["--resume", forged], ["inspect", forged],
                ["sample", forged, "--out", scratch("samples")],
                run.arguments(128) + ["--transfer", forged, "--run", scratch("other")],
            ] {
                expect(
                    try Program.run(arguments), status: 65,
                    says: "\(forged): the attribute \(counter) is 9223372036854775807, expected 0 to ")
            }
        }
    }
}
