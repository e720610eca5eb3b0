import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Training that is no longer numbers, and files that such training has left.
    @Suite struct NotFiniteNumbers {
        private func run(_ scratch: Scratch, _ name: String = "run", _ options: String...) throws -> TestRun {
            let data = scratch("shapes")
            if !FileManager.default.fileExists(atPath: data) { _ = try scratch.shapes() }
            // A checkpoint with every step: a single one that is not sound would be kept.
            return TestRun(
                data: data, folder: scratch(name),
                options: TestRun.tiny + TestRun.sets("checkpoint.every_kimg=0.008") + options)
        }

        /// Rates far too high, and a division by zero: in all of them numbers end within a few steps.
        @Test(
            arguments: [
                (["optimizer.g_lr=1e30"], nil), (["optimizer.d_lr=1e30"], 2),
                (["optimizer.epsilon=1e-300", "optimizer.beta2=0"], 2),
            ] as [([String], Int?)])
        func stop(keys: [String], ranks: Int?) throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 96)
            let before = contents(of: run.folder + "/checkpoints")
            let sick = TestRun(
                data: run.data, folder: run.folder, options: run.options + keys.flatMap { ["--set", $0] })
            let result = try sick.train(images: 400, ranks: ranks)
            expect(
                result, status: 70, says: "training is no longer numbers. step ", "not finite: ",
                "the newest sound checkpoint is \(run.checkpoint(96)): go on from it with --resume auto")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            // Those of steps before the numbers ended may have come; sound ones stay, and none is sick.
            #expect(contents(of: run.folder + "/checkpoints") == before)
            let log = try String(contentsOfFile: run.folder + "/log.txt", encoding: .utf8)
            #expect(log.contains("error training is no longer numbers"))

            // As the message says.
            try run.finish(images: 200, ranks: ranks)
            let whole = try self.run(scratch, "whole")
            try whole.finish(images: 200)
            #expect(try differences(whole.contents(200), run.contents(200)) == [])
        }

        @Test func aDryRunSaysWhatToLower() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "run", "--set", "optimizer.d_lr=1e19")
            expect(
                try run.train(images: 96, "--dry-run"), status: 70, says: "no longer numbers", "step 1, phase ",
                "lower rates (optimizer.g_lr, optimizer.d_lr")
        }

        @Test func stopWithoutACheckpoint() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "run", "--set", "optimizer.epsilon=1e-300", "--set", "optimizer.beta2=0")
            expect(
                try run.train(images: 200), status: 70, says: "step 0, phase ", "there is no sound checkpoint",
                "guard.nan=skip")
            #expect(try run.checkpoints.list() == [])
        }

        /// The gradient of R1 overflows whenever it is asked for.
        private static let overflowing = TestRun.sets(
            "loss.r1_gamma=1e38", "loss.r1_interval=8", "guard.nan=skip")

        @Test func skip() throws {
            let scratch = try Scratch()
            var first: CheckpointContents?
            for ranks in [nil, 2, 4] as [Int?] {
                var run = try run(scratch, "run\(ranks ?? 1)")
                run.options += Self.overflowing + ["--microbatch", "2"]
                let result = try run.train(images: 200, ranks: ranks)
                expect(
                    result, status: 0, says: "warning: left out an update: step 0, phase dreg, after 0 images",
                    "step 24, phase dreg, after 192 images: not finite: ", "; 4 in all", "· 4 left out ·")
                #expect(try run.statistics().last?["guard/left_out"] as? Int == 4)
                let contents = try run.contents(200)
                #expect(contents.attribute("guard_left_out") == .int(4))
                #expect(contents.attribute("step") == .int(25))
                #expect(contents.firstNotFinite == nil)
                #expect(try differences(first ?? contents, contents) == [], "\(ranks ?? 1) ranks")
                first = first ?? contents
            }
            // Stopped and resumed between two of them, on other ranks.
            var parts = try run(scratch, "parts")
            parts.options += Self.overflowing + ["--microbatch", "2"]
            try parts.finish(images: 96, ranks: 2)
            try parts.finish(images: 200)
            #expect(try differences(#require(first), parts.contents(200)) == [])
        }

        @Test(arguments: [nil, 2] as [Int?]) func skipToTheLimit(ranks: Int?) throws {
            let scratch = try Scratch()
            var run = try run(scratch)
            run.options += Self.overflowing + TestRun.sets("guard.skip_limit=2")
            let result = try run.train(images: 400, ranks: ranks)
            expect(
                result, status: 70, says: "step 16, phase dreg, after 128 images",
                "2 updates of this phase in a row have been left out", "newest sound checkpoint is \(run.folder)")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
        }

        /// What a former version wrote when its training had overflowed: whole, and checksums agree.
        private func sicken(_ run: TestRun, images: Int, _ array: String) throws {
            var contents = try run.contents(images)
            let index = try #require(contents.arrays.firstIndex { $0.path == array })
            contents.arrays[index].values[0] = .nan
            try CheckpointFile.write(contents, to: run.checkpoint(images))
        }

        @Test func resumeTakesAnOlderOne() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            try run.finish(images: 96)
            try sicken(run, images: 96, "optimizer/discriminator/v")
            let sick = run.checkpoint(96)
            expect(
                try run.train(images: 200, "--resume", sick), status: 65, says: sick,
                "optimizer/discriminator/v holds nan", "older checkpoint")
            expect(
                try run.train(images: 200, ranks: 2), status: 0, says: "not used: \(sick)",
                "optimizer/discriminator/v holds nan", "resumed from \(run.checkpoint(88))")
            let whole = try self.run(scratch, "whole")
            try whole.finish(images: 200)
            #expect(try differences(whole.contents(200), run.contents(200)) == [])
        }

        @Test func nothingElseTakesThem() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let run = TestRun(data: data, folder: scratch("run"))
            try run.finish(images: 96)
            try sicken(run, images: 96, "ema/synthesis.b4.const")
            let sick = run.checkpoint(96)
            let found = "ema/synthesis.b4.const holds nan, 1 of its 256 values are not finite"
            for arguments in [
                ["sample", sick, "--out", scratch("samples")], ["evaluate", sick, "--data", data, "--images", "16"],
                ["inspect", sick], ["inspect", sick, "--compare", sick],
            ] {
                expect(try Program.run(arguments), status: 65, says: sick, found)
            }
            #expect(!FileManager.default.fileExists(atPath: scratch("samples")))
            let fresh = TestRun(data: data, folder: scratch("fresh"))
            expect(try fresh.train(images: 16, ranks: 2, "--transfer", sick), status: 65, says: sick, found)
        }

        /// Finite parameters whose images are not: no picture of them, and no metric.
        @Test func imagesThatAreNotFinite() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let run = TestRun(
                data: data, folder: scratch("run"), options: TestRun.tiny + TestRun.sets("model.clamp=none"))
            try run.finish(images: 16)
            var contents = try run.contents(16)
            let index = try #require(contents.arrays.firstIndex { $0.path == "ema/synthesis.b4.const" })
            contents.arrays[index].values = contents.arrays[index].values.map { _ in .greatestFiniteMagnitude }
            let path = scratch("large.h5")
            try CheckpointFile.write(contents, to: path)
            expect(
                try Program.run(["sample", path, "--seeds", "7-9", "--out", scratch("a.png")]), status: 65, says: path,
                "the image of seed 7 is not finite")
            #expect(!FileManager.default.fileExists(atPath: scratch("a.png")))
            for ranks in [nil, 2] as [Int?] {
                expect(
                    try Program.run(["evaluate", path, "--data", data, "--images", "16"], ranks: ranks), status: 65,
                    says: path, "is not finite")
            }
        }
    }
}
