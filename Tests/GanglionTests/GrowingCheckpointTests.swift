import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Checkpoints of networks that still grow, for every command that reads them.
    @Suite struct GrowingCheckpoints {
        /// A progressive GAN for images of 32² at the end of `images`.
        private func run(_ scratch: Scratch, images: Int, _ more: [String] = []) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(resolution: 32), folder: scratch("run"),
                options: TestRun.growingProgressive + TestRun.sets("growing.minibatch=4:8 8:16 16:8 32:8") + more)
            try run.finish(images: images)
            return run
        }

        @Test func areInspectedAndSampled() throws {
            let scratch = try Scratch()
            // In the fade to 16².
            let run = try run(scratch, images: 80)
            let inspected = try Program.run(["inspect", run.checkpoint(80), "--arrays"])
            expect(
                inspected, status: 0, says: "level_resolution = 16", "level_fade = 0.", "growth = {", "family: pggan",
                "generator/32x32/Conv1/weight", "discriminator/FromRGB_lod0/weight", "all checksums agree")
            let file = scratch("samples.h5")
            expect(
                try Program.run(["sample", run.checkpoint(80), "--out", file, "--seeds", "3-12"]), status: 0,
                says: "10 images of 16×16")
            let (shape, images) = try HDF5File(reading: file).bytes("images")
            #expect(shape == [10, 16, 16, 3] && Set(images).count > 10)
            let again = scratch("again.h5")
            expect(try Program.run(["sample", run.checkpoint(80), "--out", again, "--seeds", "7"]), status: 0)
            #expect(try HDF5File(reading: again).bytes("images").1 == Array(images[4 * 768..<5 * 768]))
        }

        /// The same weights in the middle of another fade, or with another plan, are another state.
        @Test func areComparedWithTheirGrowth() throws {
            let scratch = try Scratch()
            let run = try run(scratch, images: 80)
            let contents = try run.contents(80)
            let (one, other) = (run.checkpoint(80), scratch("other.h5"))
            func compare(_ name: String, _ value: AttributeValue) throws -> ProcessResult {
                var changed = contents
                changed.attributes = contents.attributes.map { $0.0 == name ? (name, value) : $0 }
                try CheckpointFile.write(changed, to: other)
                return try Program.run(["inspect", one, "--compare", other])
            }
            expect(try compare("ranks", .int(7)), status: 0, says: "same bits in")
            for (name, value) in [
                ("level_resolution", .int(8)), ("level_fade", .float(0.01)), ("growth", .string("{}")),
                ("optimizer_steps_generator", .int(0)), ("step", .int(1)),
            ] as [(String, AttributeValue)] {
                expect(try compare(name, value), status: 65, says: other, "differs from \(one)", "attribute \(name)")
            }
        }

        @Test func areEvaluatedAtTheFinalResolution() throws {
            let scratch = try Scratch()
            let run = try run(scratch, images: 112)
            #expect(try run.contents(112).attribute("level_resolution") == .int(16))
            let arguments = ["evaluate", run.checkpoint(112), "--data", run.data, "--images", "32"]
            let table = try Program.run(arguments)
            expect(
                table, status: 0, says: "images of 32×32×3", "has grown to 16² of 32²", "SWD ×10³, 32", "MS-SSIM")
            let alone = try Program.run(arguments + ["--json"])
            let found = try evaluation(alone)
            #expect(found["resolution"] as? Int == 32)
            let swd = try #require(found["swd"] as? [String: Any])
            let generated = try #require(swd["generated"] as? [String: Double])
            #expect(
                Set(generated.keys) == ["32", "16", "average"] && generated.values.allSatisfy { $0 > 0 && $0.isFinite })
            #expect(try Program.run(arguments + ["--json"], ranks: 2).stdout == alone.stdout)
        }

        /// Its pixels are repeated, so there is a distance from the first resolution on.
        @Test func areEvaluatedFromTheFirstResolutionOn() throws {
            let scratch = try Scratch()
            let run = try run(scratch, images: 16)
            expect(
                try Program.run([
                    "evaluate", run.checkpoint(16), "--data", run.data, "--metrics", "swd", "--images", "32",
                ]),
                status: 0, says: "has grown to 4² of 32²", "SWD ×10³, average")
        }

        /// Of StyleGAN2 a run that grows may start where another stood; its growth starts anew.
        @Test func areTransferred() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(resolution: 16)
            let source = TestRun(data: data, folder: scratch("source"), options: TestRun.growing)
            try source.finish(images: 80)
            let target = TestRun(data: data, folder: scratch("target"), options: TestRun.growing + ["--seed", "5"])
            expect(
                try target.train(images: 8, "--transfer", source.checkpoint(80)), status: 0,
                says: "networks transferred from \(source.checkpoint(80))")
            let (old, new) = (try source.contents(80), try target.contents(8))
            #expect(new.attribute("level_resolution") == .int(4) && new.attribute("images_shown") == .int(8))
            // What does not take part at 4² is as it was.
            let late = "generator/synthesis.b16.conv1.weight"
            #expect(new.array(late)?.values == old.array(late)?.values)
            let early = "generator/synthesis.b4.conv1.weight"
            #expect(new.array(early)?.values != old.array(early)?.values)
        }
    }
}
