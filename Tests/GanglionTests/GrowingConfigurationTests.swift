import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Schedules and tables of growing that do not fit: named, before anything is written.
    @Suite struct GrowingConfigurations {
        /// The schedule stands in a file: what the command line says counts as meant.
        private func run(_ scratch: Scratch, trainingKimg: Double = 0.016, _ more: String...) throws -> TestRun {
            let file = scratch("growing-\(trainingKimg).yaml")
            try "growing: {enabled: true, training_kimg: \(trainingKimg), transition_kimg: 0.03}\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            return TestRun(
                data: scratch("shapes"), folder: scratch("run"), options: TestRun.tiny + ["--config", file] + more)
        }

        @Test(arguments: [nil, 2] as [Int?]) func anotherScheduleIsRefusedUnlessAskedFor(ranks: Int?) throws {
            let scratch = try Scratch()
            _ = try scratch.shapes(resolution: 16)
            let first = try run(scratch)
            try first.finish(images: 40, ranks: ranks)
            let before = contents(of: first.folder, except: ["log.txt"])

            let other = try run(scratch, trainingKimg: 0.024)
            let refused = try other.train(images: 80, ranks: ranks)
            expect(
                refused, status: 78, says: first.checkpoint(40), "growing.training_kimg=0.016",
                "this run has growing.training_kimg=0.024", "--set growing.training_kimg=0.024")
            #expect(refused.stderr.ranges(of: "error: ").count == 1, "\(refused.stderr)")
            #expect(contents(of: first.folder, except: ["log.txt"]) == before)

            let change = "growing.training_kimg was 0.016, is now 0.024"
            let asked = try other.train(images: 80, ranks: ranks, "--set", "growing.training_kimg=0.024")
            expect(asked, status: 0, says: "resumed from \(first.checkpoint(40))", change)
            let log = try String(contentsOfFile: first.folder + "/log.txt", encoding: .utf8)
            #expect(log.contains("since the checkpoint: \(change)"), "\(log)")
            // From here on it is the run's own.
            expect(try other.train(images: 88, ranks: ranks), status: 0, says: "done: 88 images")
        }

        struct Case: CustomTestStringConvertible, Sendable {
            let options: [String]
            let texts: [String]
            var testDescription: String { options.joined(separator: " ") }
        }

        static let cases = [
            Case(
                options: TestRun.sets("growing.final=32"),
                texts: [
                    "growing.final is 32, but the images are 16×16", "a power of two from 8 to 16", "--resolution 32",
                ]
            ),
            Case(
                options: TestRun.sets("growing.start=16", "growing.final=8"),
                texts: ["growing.start is 16, above growing.final, which is 8", "growing.start=8 or less"]),
            Case(
                options: TestRun.sets("growing.start=32"),
                texts: ["growing.start is 32, but growing.final is 16", "a power of two from 4 to 16"]),
            Case(
                options: TestRun.sets("growing.minibatch=4:8 16:8"),
                texts: ["growing.minibatch has no images of a step for 8²", "from 4² to 16²", "4:8 16:8", "Add 8:…"]),
            Case(
                options: TestRun.sets("growing.minibatch=eight"),
                texts: ["growing.minibatch: \"eight\"", "4:128"]),
            Case(
                options: TestRun.sets("growing.minibatch=4:8 8:0 16:8"),
                texts: ["growing.minibatch: 4:8 8:0 16:8", "1 to 1048576"]),
            Case(
                options: TestRun.sets("growing.learning_rate=8:-1"),
                texts: ["growing.learning_rate: 8:-1", "more than 0"]),
            Case(
                options: TestRun.sets("growing.minibatch=4:8 8:6 16:8"),
                texts: ["growing.minibatch is 6 at 8²", "2 ranks in microbatches of 4", "8:8 in growing.minibatch"]),
            Case(
                options: TestRun.sets("growing.final=8", "metrics.names=swd,msssim", "metrics.images=16"),
                texts: ["metrics.names has swd", "16×16 or more", "fully grown networks are 8×8"]),
            Case(
                options: TestRun.sets("metrics.names=swd,mse"),
                texts: ["metrics.names has mse", "expected some of swd, msssim"]),
            Case(
                options: TestRun.sets("model.family=pggan"),
                texts: ["model.family is pggan", "loss.pl_weight=0 (now 2)", "loss.style_mixing=0 (now 0.9)"]),
        ]

        @Test(arguments: cases) func areRefused(_ wrong: Case) throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: TestRun.growing + ["--microbatch", "2"] + wrong.options)
            let result = try run.train(images: 96, ranks: wrong.texts[0].contains("at 8²") ? 2 : nil)
            expect(result, status: 78)
            for text in wrong.texts { #expect(result.stderr.contains(text), "\(result.stderr)") }
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            #expect(!FileManager.default.fileExists(atPath: run.folder))
        }

        @Test(arguments: [nil, 2] as [Int?]) func moreImagesForMetricsThanThereAre(ranks: Int?) throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: TestRun.growing + TestRun.sets("metrics.names=swd", "metrics.images=65"))
            let result = try run.train(images: 96, ranks: ranks)
            expect(
                result, status: 65,
                says: "\(run.data): holds 64 images, but metrics.images is 65: set it to 64 or less")
            #expect(result.stderr.ranges(of: "error: ").count == 1, "\(result.stderr)")
            #expect(!FileManager.default.fileExists(atPath: run.folder))
        }

        /// The published preset on grey images, with narrower layers and smaller steps.
        @Test func theProgressivePresetOnGreyImages() throws {
            let scratch = try Scratch()
            let data = scratch("grey")
            _ = try DatasetSynthesizer(seed: 0, resolution: 32, channels: 1).run(to: data, count: 32)
            let result = try Program.run(
                ["train", "--data", data, "--run", scratch("run"), "--preset", "pggan", "--dry-run"]
                    + TestRun.sets(
                        "model.channel_max=16", "model.z_dim=16", "growing.minibatch=4:16 8:16 16:8 32:8"))
            expect(
                result, status: 0, says: "preset: pggan", "family: pggan", "kind: wgan-gp",
                "minibatch: \"4:16 8:16 16:8 32:8\"", "ToRGB_lod0/weight", "FromRGB_lod3/weight")
            #expect(!FileManager.default.fileExists(atPath: scratch("run")))
        }
    }
}
