import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Configurations that make no sense: 78, with the key and what is allowed, before anything is written.
    @Suite struct BadConfigurations {
        struct Case: CustomTestStringConvertible, Sendable {
            let options: [String]
            let texts: [String]
            var testDescription: String { options.joined(separator: " ") }

            init(_ options: String..., says texts: [String]) {
                self.options = options
                self.texts = texts
            }
        }

        static let cases = [
            Case(
                "--set", "model.chanel_max=3", says: ["unknown key model.chanel_max", "did you mean model.channel_max"]),
            Case("--set", "nonsense=3", says: ["unknown key nonsense"]),
            Case("--set", "model=3", says: ["model is a section"]),
            Case("--set", "kimg=many", says: ["kimg: \"many\" is no number"]),
            Case("--set", "data.mirror=maybe", says: ["data.mirror", "true or false"]),
            Case("--set", "loss.pl_decay=2", says: ["loss.pl_decay: 2", "0 to 1"]),
            Case("--set", "optimizer.g_lr=-1", says: ["optimizer.g_lr: -1", "more than 0"]),
            Case("--set", "ggdr.resolution=64", says: ["ggdr.resolution is 64", "8 to 8"]),
            Case("--set", "model.mbstd_group=3", says: ["model.mbstd_group is 3", "microbatch of 4", "1, 2, 4"]),
            Case("--preset", "slow", says: ["preset", "slow", "quick"]),
            Case("--batch", "10", says: ["batch is 10", "batch=8 or 12"]),
        ]

        @Test(arguments: cases) func areRefused(_ wrong: Case) throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"), options: TestRun.tiny + wrong.options)
            let result = try run.train(images: 96)
            expect(result, status: 78)
            for text in wrong.texts { #expect(result.stderr.contains(text), "\(result.stderr)") }
            #expect(!FileManager.default.fileExists(atPath: run.folder))
        }

        /// What a run would be refused for, its dry run is too; what does nothing is told.
        @Test func layersOfNewNetworksCannotBeKept() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let frozen = ["--dry-run", "--set", "freeze_d=2"]
            for ranks in [nil, 2] as [Int?] {
                let dry = try Program.run(run.arguments(96) + frozen, ranks: ranks)
                expect(dry, status: 78, says: "freeze_d is 2, but this run starts with new networks", "--transfer")
                #expect(dry.stdout == "", "\(dry.stdout)")
            }
            #expect(!FileManager.default.fileExists(atPath: run.folder))
            expect(
                try run.train(images: 96, "--dry-run", "--set", "augment.p=0.5"), status: 0,
                says: "note: augment.p is 0.5, which does nothing: augment.mode is none")
            try run.finish(images: 8)
            // Where a run stands, or networks come from one, there is something to keep.
            expect(try Program.run(run.arguments(96) + frozen), status: 0)
            let other = TestRun(data: run.data, folder: scratch("other"))
            let transfer = ["--transfer", run.checkpoint(8)]
            expect(try Program.run(other.arguments(96) + frozen + transfer), status: 0)
        }

        /// The values it names do work.
        @Test func batchThatCannotBeDealtToTheRanks() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let result = try run.train(images: 96, ranks: 2, "--batch", "12")
            expect(
                result, status: 78, says: "batch is 12, which cannot be dealt to 2 ranks in microbatches of 4",
                "batch=8 or 16", "microbatch=3")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            #expect(!FileManager.default.fileExists(atPath: run.folder))
            for works in [["--batch", "8"], ["--batch", "16"], ["--batch", "12", "--microbatch", "3"]] {
                let folder = scratch("run" + works.joined())
                let options = TestRun.tiny + works
                try TestRun(data: run.data, folder: folder, options: options).finish(images: 48, ranks: 2)
            }
        }

        @Test func ranksThatWereStartedDifferently() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            let other = TestRun(data: try scratch.shapes("other", seed: 1), folder: run.folder)
            func start(_ second: [String]) throws -> ProcessResult {
                try Program.run(run.arguments(96), secondRank: second)
            }
            var host = [CChar](repeating: 0, count: 256)
            gethostname(&host, 255)
            let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let keys: [(arguments: [String], key: String)] = [
                (run.arguments(96) + ["--seed", "5"], "seed"), (run.arguments(104), "kimg"),
                (run.arguments(96) + ["--resume", "never"], "--resume"), (other.arguments(96), "data"),
            ]
            for (arguments, key) in keys {
                let result = try start(arguments)
                expect(
                    result, status: 78, says: "started with different configurations: ", key, "rank 1 on \(name)",
                    "rank 0 on \(name)")
                #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            }
            #expect(!FileManager.default.fileExists(atPath: run.folder))
            // Threads are each rank's own affair.
            expect(try start(run.arguments(96) + ["--threads", "2"]), status: 0)
        }

        @Test func configurationFiles() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let file = scratch("config.yaml")
            try "kimg: 0.016\nmodel:\n  chanel_max: 3\n".write(toFile: file, atomically: true, encoding: .utf8)
            func train() throws -> ProcessResult {
                try Program.run(["train", "--data", data, "--run", scratch("run"), "--config", file])
            }
            expect(try train(), status: 78, says: "unknown key model.chanel_max", "\(file), line 3")
            try "kimg: [\n".write(toFile: file, atomically: true, encoding: .utf8)
            expect(try train(), status: 78, says: "not valid YAML", file)
            try FileManager.default.removeItem(atPath: file)
            expect(try train(), status: 66, says: file)
            #expect(!FileManager.default.fileExists(atPath: scratch("run")))
        }
    }
}
