import Foundation
import Recipes
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion visualize features` and `decoder`.
    @Suite struct VisualizeMaps {
        /// A run of three checkpoints at 16×16, with GGDR.
        private func run(_ scratch: Scratch, _ more: String...) throws -> TestRun {
            let options = TestRun.tiny + TestRun.sets("checkpoint.every_kimg=0.04", "checkpoint.keep=10") + more
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"), options: options)
            try run.finish(images: 120)
            return run
        }

        /// Draws on one process and on two ranks, which draw the same, and say it once.
        private func draw(_ arguments: [String], _ scratch: Scratch) throws -> (picture: RasterImage, said: String) {
            let outs = [scratch("alone.png"), scratch("ranks.png")]
            let alone = try Program.run(["visualize"] + arguments + ["--out", outs[0]])
            let ranks = try Program.run(["visualize"] + arguments + ["--out", outs[1]], ranks: 2)
            for result in [alone, ranks] { #expect(result.status == 0, "\(result.stdout)\(result.stderr)") }
            #expect(try Data(contentsOf: URL(filePath: outs[0])) == Data(contentsOf: URL(filePath: outs[1])))
            #expect(ranks.stdout.replacing(outs[1], with: outs[0]) == alone.stdout)
            let picture = try ImageFile.read(outs[0])
            for out in outs { try FileManager.default.removeItem(atPath: out) }
            return (picture, alone.stdout)
        }

        private func size(rows: Int, columns: Int) -> [Int] { [130 * rows - 2, 130 * columns - 2] }

        @Test func ofACheckpointAndOfARun() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let path = run.checkpoint(120)
            let features = try draw(["features", path, "--resolutions", "16,4,8", "--count", "3"], scratch)
            #expect([features.picture.height, features.picture.width] == size(rows: 3, columns: 4))
            #expect(
                features.said.contains("feature maps of the generator at 4×4, 8×8, 16×16 in 6 clusters, 3 images: "))
            let image = try GeneratorFile(path).images(seeds: [1], classes: nil, truncation: 1)
            #expect(
                features.picture.cropped(top: 130, left: 0, height: 128, width: 128).pixels
                    == NearestUpscale.up(image, count: 1, height: 16, width: 16, channels: 3, factor: 8))

            let strip = try draw(["features", run.folder, "--clusters", "3", "--seed", "7"], scratch)
            #expect([strip.picture.height, strip.picture.width] == size(rows: 8, columns: 3))
            for (column, images) in [40, 80, 120].enumerated() {
                let kimg = Double(images) / 1000
                #expect(strip.said.contains("column \(column + 1): \(kimg) kimg, \(run.checkpoint(images)); 8×8: "))
            }

            let decoder = try draw(["decoder", path, "--data", run.data], scratch)
            #expect([decoder.picture.height, decoder.picture.width] == size(rows: 8, columns: 5))
            #expect(decoder.said.contains("maps at 8×8 in 6 clusters, 8 real and 8 generated images: "))
            let real = try Dataset(run.data).read(rows: [8]).images
            #expect(
                decoder.picture.cropped(top: 130, left: 0, height: 128, width: 128).pixels
                    == NearestUpscale.up(real, count: 1, height: 16, width: 16, channels: 3, factor: 8))
            let course = try draw(
                ["decoder", run.checkpoint(40), path, "--data", run.data, "--count", "1"], scratch)
            #expect([course.picture.height, course.picture.width] == size(rows: 4, columns: 3))
        }

        @Test func whatCannotBeShown() throws {
            let scratch = try Scratch()
            let path = try run(scratch, "--set", "ggdr.enabled=false").checkpoint(120)
            let data = scratch("shapes")
            func refuse(_ arguments: [String], _ status: Int32, _ text: String, ranks: Int? = nil) throws {
                let result = try Program.run(
                    ["visualize"] + arguments + ["--out", scratch("out.png")], ranks: ranks)
                expect(result, status: status, says: text)
                #expect(!FileManager.default.fileExists(atPath: scratch("out.png")))
            }
            try refuse(
                ["features", path, "--resolutions", "8,32"], 64,
                "--resolutions: found 32, but the generator of \(path) has feature maps at 4, 8, 16")
            try refuse(["features", path, "--resolutions", "8,32"], 64, "--resolutions: found 32", ranks: 2)
            try refuse(["features", path, "--clusters", "40"], 64, "--clusters 40: expected 2 to 32")
            try refuse(["features", path, "--count", "0"], 64, "--count 0: expected 1 to 64")
            try refuse(["features", path, "--class", "1"], 64, "--class 1: the generator is unconditional")
            try refuse(["features", data], 65, "is a data set")
            try refuse(["features", scratch("none.h5")], 66, "none.h5")
            try refuse(["features"], 64, "Usage: ganglion visualize features")
            try refuse(["decoder", path], 64, "Usage: ganglion visualize decoder")
            try refuse(["decoder", path, "--data", data], 64, "its discriminator has no decoder")
            try refuse(["decoder", path, "--data", scratch("nowhere")], 64, "its discriminator has no decoder")
            let shard = try #require(Dataset.shardPaths(in: data).first)
            try refuse(["features", shard], 65, shard)
            let jpeg = try Program.run(["visualize", "features", path, "--out", scratch("out.jpg")])
            expect(jpeg, status: 64, says: "expected FILE.png", "Usage: ganglion visualize features")
            let nowhere = scratch("nowhere/out.png")
            expect(try Program.run(["visualize", "features", path, "--out", nowhere]), status: 73, says: nowhere)
        }
    }
}
