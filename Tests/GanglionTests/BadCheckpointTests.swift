import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Checkpoints that do not belong to the run: refused by name, and nothing in the run folder changes.
    @Suite struct BadCheckpoints {
        private func refuse(
            _ run: TestRun, _ options: [String], status: Int32, ranks: Int? = nil, _ texts: String...,
            location: SourceLocation = #_sourceLocation
        ) throws {
            let before = contents(of: run.folder, except: ["log.txt"])
            let altered = TestRun(data: run.data, folder: run.folder, options: run.options + options)
            let result = try altered.train(images: 200, ranks: ranks)
            expect(result, status: status, location: location)
            for text in texts { #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location) }
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)", sourceLocation: location)
            #expect(contents(of: run.folder, except: ["log.txt"]) == before, sourceLocation: location)
        }

        private func finished(_ scratch: Scratch) throws -> TestRun {
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 16)
            return run
        }

        @Test(arguments: [nil, 2] as [Int?]) func ofAnotherArchitecture(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = try finished(scratch)
            try refuse(
                run, ["--set", "model.channel_max=8"], status: 78, ranks: ranks, run.checkpoint(16),
                "generator/synthesis.b4.const has shape [16, 4, 4], expected [8, 4, 4]")
            try refuse(
                run, ["--set", "model.mapping_layers=3"], status: 78, ranks: ranks, "mapping.fc2.",
                "is missing, expected shape [16")
            try refuse(run, ["--set", "data.labels=true"], status: 78, ranks: ranks, run.checkpoint(16), "mapping.")
            try refuse(run, ["--set", "model.discriminator=orig"], status: 78, run.checkpoint(16), "discriminator/")
            try refuse(run, ["--set", "ggdr.enabled=false"], status: 78, run.checkpoint(16), "optimizer/discriminator")
        }

        @Test func ofAnotherDataset() throws {
            let scratch = try Scratch()
            let run = try finished(scratch)
            let other = TestRun(data: try scratch.shapes("other", seed: 1), folder: run.folder)
            try refuse(
                other, [], status: 78, run.checkpoint(16), try Dataset(run.data).id, try Dataset(other.data).id,
                "--transfer")
        }

        @Test func neverOverwritesARun() throws {
            let scratch = try Scratch()
            let run = try finished(scratch)
            try refuse(run, ["--resume", "never"], status: 78, "already holds checkpoints", "--resume auto")
            try refuse(run, ["--transfer", run.checkpoint(16)], status: 78, "already holds checkpoints")
        }

        @Test(arguments: ["--resume", "--transfer"]) func thatAreNone(option: String) throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("fresh"))
            try refuse(
                run, [option, scratch("nothing.h5")], status: 66, ranks: 2,
                "\(scratch("nothing.h5")): no such checkpoint")
            let text = scratch("text.h5")
            try "this is no HDF5 file, however long it may be".write(toFile: text, atomically: true, encoding: .utf8)
            try refuse(run, [option, text], status: 65, text, "not an HDF5 file")
            let shard = run.data + "/shard-00000.h5"
            try refuse(run, [option, shard], status: 65, shard, "\"ganglion-dataset\"", "\"ganglion-checkpoint\"")
        }

        @Test func forSampling() throws {
            let scratch = try Scratch()
            let shard = try scratch.shapes() + "/shard-00000.h5"
            let text = scratch("text.h5")
            try "this is no HDF5 file, however long it may be".write(toFile: text, atomically: true, encoding: .utf8)
            let cases: [(String, Int32, String)] = [
                (scratch("nothing.h5"), 66, "no such checkpoint"), (text, 65, "not an HDF5 file"),
                (shard, 65, "\"ganglion-dataset\""),
            ]
            for (path, status, reason) in cases {
                let result = try Program.run(["sample", path, "--out", scratch("samples")])
                expect(result, status: status, says: path, reason)
                #expect(!FileManager.default.fileExists(atPath: scratch("samples")))
            }
        }
    }
}
