import Foundation
import Recipes
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion visualize`, and what else shows how a self-attention GAN is.
    @Suite struct Visualize {
        private static let options =
            ["--preset", "quick-sagan", "--batch", "8", "--microbatch", "4", "--threads", "1"]
            + TestRun.sets(
                "snapshot.grid=2x8", "model.channel_base=256", "model.channel_max=64", "model.z_dim=16",
                "optimizer.g_lr=0.01")

        /// A self-attention GAN of a few steps at 16×16, attention at 8, eight classes.
        private func run(_ scratch: Scratch, _ name: String = "run", _ more: String...) throws -> TestRun {
            if !FileManager.default.fileExists(atPath: scratch("shapes")) { _ = try scratch.shapes(resolution: 16) }
            let run = TestRun(data: scratch("shapes"), folder: scratch(name), options: Self.options + more)
            try run.finish(images: 160)
            return run
        }

        private func attention(_ arguments: [String]) throws -> ProcessResult {
            try Program.run(["visualize", "attention"] + arguments)
        }

        @Test func attentionOfBothNetworks() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let path = run.checkpoint(160)
            let file = try GeneratorFile(path)
            let cases: [(name: String, options: [String], rows: Int, points: Int, isReal: Bool)] = [
                ("generator", ["--seeds", "3,9"], 2, 5, false),
                ("generator", ["--queries", "2", "--class", "4"], 4, 2, false),
                ("discriminator", ["--network", "d", "--seeds", "5", "--queries", "8"], 1, 8, false),
                (
                    "discriminator",
                    ["--network", "d", "--data", run.data, "--seeds", "7,1,2", "--points", "0,0;15,15"], 3, 2, true
                ),
            ]
            for (k, (network, options, rows, points, isReal)) in cases.enumerated() {
                let out = scratch("\(k).png")
                let result = try attention([path, "--out", out] + options)
                expect(
                    result, status: 0,
                    says: "attention of the \(network) at 8×8 in \(rows) image\(rows == 1 ? "" : "s"): \(out)",
                    "largest over mean ")
                let picture = try ImageFile.read(out)
                // A pixel of an image is a square of 8.
                #expect(picture.height == 130 * rows - 2 && picture.width == 130 * (points + 1) - 2)
                #expect(picture.channels == 3)
                // The first image as it is, but for the marks, which cover 7×7 of it each.
                let image: [UInt8]
                if isReal {
                    image = try Dataset(run.data).read(rows: [7]).images
                } else {
                    let seed = [3, 0, 5][k]
                    image = try file.images(seeds: [seed], classes: [[3, 4, 5][k]], truncation: 1)
                }
                let large = NearestUpscale.up(image, count: 1, height: 16, width: 16, channels: 3, factor: 8)
                let shown = picture.cropped(top: 0, left: 0, height: 128, width: 128).pixels
                let different = stride(from: 0, to: large.count, by: 3).count {
                    large[$0..<$0 + 3] != shown[$0..<$0 + 3]
                }
                #expect(different > 0 && different <= points * 49, "case \(k): \(different)")
                // The other pictures differ from it and from each other.
                let others = (0...points).map {
                    picture.cropped(top: 0, left: 130 * $0, height: 128, width: 128).pixels
                }
                #expect(Set(others).count == points + 1, "case \(k)")
            }
        }

        /// The same each time, and what is printed can be given.
        @Test func pointsCanBeGiven() throws {
            let scratch = try Scratch()
            let path = try run(scratch).checkpoint(160)
            let first = try attention([path, "--out", scratch("a.png"), "--seeds", "6"])
            #expect(first.status == 0, "\(first.stderr)")
            let points = first.stdout.split(separator: "'")
            try #require(points.count > 2, "\(first.stdout)")
            let given = ["--points", String(points[1]), "--resolution", "8", "--network", "g"]
            let second = try attention([path, "--out", scratch("b.png"), "--seeds", "6"] + given)
            #expect(second.status == 0, "\(second.stderr)")
            #expect(try ImageFile.read(scratch("a.png")) == ImageFile.read(scratch("b.png")))
        }

        @Test func whatCannotBeShown() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let path = run.checkpoint(160)
            let onlyD = try self.run(scratch, "d", "--set", "model.attention_in=d").checkpoint(160)
            let residual = try self.run(scratch, "residual", "--set", "model.attention_block=residual").checkpoint(160)
            let plain = TestRun(data: run.data, folder: scratch("plain"))
            try plain.finish(images: 16)
            let grey = try data(scratch, "grey", DatasetDescription(resolution: 16, channels: 1, classes: 8))
            let unlabelled = try data(scratch, "unlabelled", DatasetDescription(resolution: 16, channels: 3))
            let small = try data(scratch, "small", DatasetDescription(resolution: 8, channels: 3, classes: 8))
            let ofD = [path, "--network", "d"]
            func refuse(_ arguments: [String], _ status: Int32, _ text: String) throws {
                let result = try attention(arguments + ["--out", scratch("out.png")])
                #expect(result.status == status, "\(arguments): \(result.stderr)")
                #expect(result.stderr.contains(text), "\(arguments): \(result.stderr)")
            }
            try refuse([plain.checkpoint(16)], 64, "its generator has no self-attention to show")
            try refuse([plain.checkpoint(16), "--network", "d"], 64, "its discriminator has no self-attention to show")
            try refuse([onlyD], 64, "\(onlyD): its generator has no self-attention to show")
            try refuse([residual], 64, "has no self-attention to show")
            try refuse(
                [path, "--resolution", "16"], 64, "--resolution 16: the generator of \(path) has attention at 8")
            try refuse([path, "--network", "both"], 64, "--network both: expected g (the generator) or d")
            try refuse([path, "--queries", "0"], 64, "--queries 0: expected 1 to 8")
            try refuse([path, "--queries", "9"], 64, "--queries 9: expected 1 to 8")
            try refuse([path, "--points", "1"], 64, "--points 1: expected rows and columns of pixels")
            try refuse([path, "--points", "1,2;"], 64, "--points 1,2;: expected rows and columns of pixels")
            try refuse([path, "--points=-1,2"], 64, "--points -1,2: expected rows and columns of pixels")
            try refuse([path, "--points", "1,16"], 64, "--points: 1,16 lies outside of images of 16×16")
            try refuse(
                [path, "--points", Array(repeating: "1,2", count: 9).joined(separator: ";")], 64, "found 9 points")
            try refuse([path, "--points", "1,2", "--queries", "1"], 64, "--queries and --points exclude each other")
            try refuse([path, "--seeds", "0-64"], 64, "--seeds 0-64: at most 64 at once")
            try refuse([path, "--class", "8"], 64, "--class 8: the generator has classes 0 … 7")
            try refuse([path, "--data", run.data], 64, "--data has images for the discriminator")
            try refuse(ofD + ["--data", run.data, "--class", "1"], 64, "those of --data have their own classes")
            try refuse(ofD + ["--data", run.data, "--standing-statistics", "2"], 64, "images of --data come from none")
            try refuse(ofD + ["--data", run.data, "--seeds", "64"], 64, "has rows 0 … 63, found 64")
            try refuse(ofD + ["--data", scratch("nowhere")], 66, "\(scratch("nowhere")): no such folder")
            try refuse(ofD + ["--data", grey], 65, "\(grey): its images are 16×16×1, those of the checkpoint 16×16×3")
            try refuse(ofD + ["--data", small], 65, "\(small): its images are 8×8×3, those of the checkpoint 16×16×3")
            try refuse(ofD + ["--data", unlabelled], 65, "\(unlabelled): has no labels, but the discriminator")
            try refuse([scratch("none.h5")], 66, "none.h5")
            try refuse([path, "--standing-statistics", "0"], 64, "expected 1 to 10000")
            let jpeg = try attention([path, "--out", scratch("out.jpg")])
            expect(
                jpeg, status: 64, says: "--out \(scratch("out.jpg")): expected FILE.png", "Usage: ganglion visualize")
            for name in ["out.png", "out.jpg"] { #expect(!FileManager.default.fileExists(atPath: scratch(name))) }
            expect(
                try attention([onlyD, "--out", scratch("d.png"), "--network", "d"]), status: 0,
                says: "discriminator at 8")
        }

        private func data(_ scratch: Scratch, _ name: String, _ description: DatasetDescription) throws -> String {
            let writer = try DatasetWriter(folder: scratch(name), description: description)
            for value in 0..<8 {
                try writer.append(
                    image: [UInt8](repeating: UInt8(value), count: description.imageBytes),
                    label: description.classes > 0 ? Int32(value) : nil)
            }
            _ = try writer.finish()
            return scratch(name)
        }

        /// Of batch normalisation: taken anew, the same each time and on any number of ranks; the checkpoint stays.
        @Test func standingStatistics() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let path = run.checkpoint(160)
            let before = FileManager.default.contents(atPath: path)
            func images(_ arguments: String...) throws -> [UInt8] {
                let out = scratch("\(UUID().uuidString).h5")
                let result = try Program.run(["sample", path, "--out", out, "--count", "16"] + arguments)
                #expect(result.status == 0, "\(result.stderr)")
                return try HDF5File(reading: out).bytes("images").values
            }
            let taken = try images("--standing-statistics", "3")
            #expect(try images("--standing-statistics", "3") == taken)
            #expect(try images() != taken)
            #expect(try images("--standing-statistics", "1") != taken)
            #expect(FileManager.default.contents(atPath: path) == before)
            let said = try Program.run([
                "sample", path, "--out", scratch("a.png"), "--standing-statistics", "3",
            ])
            expect(said, status: 0, says: "taken anew, from 3 batches of 8 images")

            let evaluate = ["evaluate", path, "--data", run.data, "--images", "32", "--metrics", "swd", "--json"]
            let reports = try [1, 2].map { ranks in
                let result = try Program.run(evaluate + ["--standing-statistics", "2"], ranks: ranks)
                expect(result, status: 0, says: "taken anew, from 2 batches of 8 images")
                return result.stdout
            }
            #expect(reports[0] == reports[1])
            let moving = try Program.run(evaluate)
            #expect(moving.status == 0 && moving.stdout != reports[0])
        }

        @Test func inspectTellsNormsAndGains() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let brief = try Program.run(["inspect", run.checkpoint(160)])
            expect(
                brief, status: 0, says: "  generator: σ of ", "  discriminator: σ of ",
                "  generator/g_non_local_8/sigma_ratio = ", "all checksums agree")
            #expect(!brief.stdout.contains("/sigma = "))
            let whole = try Program.run(["inspect", run.checkpoint(160), "--arrays"])
            let last = try #require(try run.statistics().last)
            let names = last.keys.filter { $0.hasSuffix("/sigma") || $0.hasSuffix("/sigma_ratio") }
            #expect(names.count > 10)
            // What the last tick said of them.
            for name in names {
                let line = whole.stdout.split(separator: "\n").first { $0.hasPrefix("  \(name) = ") }
                let value = line.flatMap { Double($0.split(separator: " ").last ?? "") }
                let ticked = try #require(last[name] as? Double)
                #expect(abs((value ?? .nan) - ticked) <= 2e-3 * abs(ticked) + 1e-4, "\(name): \(line ?? "") \(ticked)")
            }
            let plain = TestRun(data: run.data, folder: scratch("plain"))
            try plain.finish(images: 16)
            #expect(try !Program.run(["inspect", plain.checkpoint(16), "--arrays"]).stdout.contains("σ"))
        }

        /// A dry run of several discriminator phases counts all their images.
        @Test func dryRunOfSeveralPhases() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(resolution: 16), folder: scratch("run"),
                options: Self.options + TestRun.sets("loss.d_steps=3"))
            let result = try run.train(images: 960, "--dry-run")
            expect(result, status: 0, says: "s for 24 images on 1 × 1 threads", "all 0.9600 kimg")
        }
    }
}
