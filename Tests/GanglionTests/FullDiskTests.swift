import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.enabled(if: SmallDisk.isPermitted, "mounting a tmpfs is not permitted here")) struct FullDisk {
        @Test(arguments: [nil, 2] as [Int?]) func keepsWhatWasThere(ranks: Int?) throws {
            let scratch = try Scratch()
            let disk = try #require(SmallDisk(kilobytes: 3000))
            let run = TestRun(
                data: try scratch.shapes(), folder: disk.path + "/run",
                options: TestRun.tiny + ["--set", "checkpoint.every_kimg=0.4", "--set", "checkpoint.keep=100"])
            let ballast = disk.path + "/ballast"
            try Data(count: 1 << 20).write(to: URL(fileURLWithPath: ballast))

            let result = try run.train(images: 100_000, ranks: ranks)
            expect(result, status: 73, says: "error: ", disk.path, "No space left on device")
            let names = try run.checkpoints.list()
            #expect(names.count >= 2)
            for name in names { #expect(throws: Never.self) { try run.checkpoints.read(name) } }
            #expect(run.checkpoints.latestName() == names.first)
            let hidden = try FileManager.default.contentsOfDirectory(atPath: run.folder + "/checkpoints")
                .filter { $0.hasPrefix(".") }
            #expect(hidden == [], "an unfinished checkpoint takes up the rest of the disk")
            #expect(try run.statistics().isEmpty == false, "whole lines only")

            // Still full: it says so again, and still loses nothing.
            expect(try run.train(images: 100_000, ranks: ranks), status: 73, says: "No space left on device")
            #expect(try run.checkpoints.list() == names)

            try FileManager.default.removeItem(atPath: ballast)
            let newest = try #require(names.first.flatMap { Int($0.dropLast(3)) })
            let resumed = try run.train(images: newest + 16, ranks: ranks)
            expect(resumed, status: 0, says: "resumed from \(run.checkpoint(newest))")
        }

        @Test func ofADatasetLeavesNoShards() throws {
            let disk = try #require(SmallDisk(kilobytes: 256))
            let data = disk.path + "/data"
            let arguments = ["dataset", "synthesize", "--out", data, "--resolution", "32", "--count", "500"]
            expect(try Program.run(arguments), status: 73, says: disk.path, "are free. Free some space")
            let left = FileManager.default.fileExists(atPath: data)
            #expect(try !left || FileManager.default.contentsOfDirectory(atPath: data) == [])
        }

        /// Past a limit on the size of files the system sends a signal, which ends a program that does not expect it.
        @Test func aLimitOnFilesIsAnError() throws {
            let scratch = try Scratch()
            let data = scratch("data")
            let result = try ChildProcess.run([
                "bash", "-c", "ulimit -f 64; exec \"$0\" \"$@\"", try ChildProcess.product("ganglion"), "dataset",
                "synthesize", "--out", data, "--resolution", "32", "--count", "500",
            ])
            expect(result, status: 73, says: data, "File too large")
        }

        @Test func ofSamples() throws {
            let scratch = try Scratch()
            let run = TestRun(data: try scratch.shapes(), folder: scratch("run"))
            try run.finish(images: 16)
            let disk = try #require(SmallDisk(kilobytes: 8))
            for name in ["samples", "samples.h5", "samples.png"] {
                let arguments = ["sample", run.checkpoint(16), "--out", disk.path + "/" + name, "--count", "300"]
                expect(try Program.run(arguments), status: 73, says: disk.path, "No space left on device")
            }
        }
    }
}
