import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion translate`, and what is measured of checkpoints that translate, through the program.
    @Suite struct Translate {
        private static let resolution = 16

        /// A few steps of OASIS on shapes.
        private func run(_ scratch: Scratch) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(resolution: Self.resolution), folder: scratch("run"),
                options: [
                    "--preset", "quick-oasis", "--batch", "8", "--microbatch", "4", "--threads", "1", "--set",
                    "snapshot.grid=3x2", "--set", "model.channel_base=128", "--set", "model.condition_width=8", "--set",
                    "optimizer.g_lr=0.02",
                ])
            try run.finish(images: 64)
            return run
        }

        /// Label maps of the data set's first rows as files.
        private func maps(_ scratch: Scratch, of data: String, count: Int = 5) throws -> String {
            let folder = try scratch.folder("maps")
            let rows = try Dataset(data).read(rows: Array(0..<count))
            let maps = try #require(rows.semantic)
            let area = Self.resolution * Self.resolution
            for row in 0..<count {
                try ImageFile.write(
                    RasterImage(
                        height: Self.resolution, width: Self.resolution, channels: 1,
                        pixels: Array(maps[row * area..<(row + 1) * area])), to: "\(folder)/\(row).png")
            }
            return folder
        }

        @Test func theSameImagesOnAnyRanks() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let maps = try maps(scratch, of: run.data)
            func translate(_ out: String, _ arguments: String..., ranks: Int? = nil) throws -> ProcessResult {
                try Program.run(
                    ["translate", run.folder, "--input", maps, "--out", scratch(out), "--threads", "1"] + arguments,
                    ranks: ranks)
            }
            expect(
                try translate("alone", "--seed", "2", "--sheet", scratch("sheet.png")), status: 0,
                says: "5 images in \(scratch("alone"))", "5 of them in \(scratch("sheet.png"))")
            let expected = contents(of: scratch("alone"))
            #expect(Set(expected.keys) == Set((0..<5).map { "\($0).png" }) && Set(expected.values).count > 1)
            for ranks in [2, 3] {
                let result = try translate("on\(ranks)", "--seed", "2", ranks: ranks)
                expect(result, status: 0, says: "5 images in")
                #expect(result.stdout.ranges(of: "5 images in").count == 1, "only rank 0 speaks")
                #expect(contents(of: scratch("on\(ranks)")) == expected, "\(ranks) ranks")
            }
            // The same maps, where they come from.
            let rows = try Program.run(
                [
                    "translate", run.folder, "--input", run.data, "--count", "5", "--out", scratch("rows"), "--seed",
                    "2",
                    "--threads", "1",
                ], ranks: 2)
            expect(rows, status: 0, says: "5 images in \(scratch("rows"))")
            let ofRows = contents(of: scratch("rows"))
            #expect(Set(ofRows.keys) == Set((0..<5).map { "row00000\($0).png" }))
            for row in 0..<5 { #expect(ofRows["row00000\(row).png"] == expected["\(row).png"], "row \(row)") }
            expect(try translate("other", "--seed", "3"), status: 0)
            #expect(contents(of: scratch("other")) != expected)
            let sheet = try ImageFile.read(scratch("sheet.png"))
            #expect(sheet.height == 5 * 18 - 2 && sheet.width == 34)
        }

        /// One rank's file ends all of them, with its name and its code.
        @Test func aFileThatDoesNotFitEndsAllRanks() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let maps = try maps(scratch, of: run.data)
            let odd = RasterImage(height: 16, width: 10, channels: 1, filledWith: 1)
            try ImageFile.write(odd, to: maps + "/1.png")
            let result = try Program.run(
                ["translate", run.folder, "--input", maps, "--out", scratch("out"), "--threads", "1"], ranks: 2)
            expect(result, status: 65, says: "1.png: is 16×10", "expected multiples of")
        }

        @Test func commandsSayWhichMakesWhat() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            for arguments in [
                ["sample", run.folder, "--out", scratch("s")],
                ["visualize", "features", run.folder, "--out", scratch("f.png")],
                ["visualize", "attention", run.folder, "--out", scratch("a.png")],
            ] {
                let result = try Program.run(arguments)
                expect(result, status: 64, says: "ganglion translate")
            }
            let other = TestRun(data: run.data, folder: scratch("other"))
            try other.finish(images: 8)
            let result = try Program.run(
                ["translate", other.folder, "--input", scratch("maps"), "--out", scratch("out")])
            expect(result, status: 64, says: "makes images of latents", "ganglion sample makes them")
            let usage = try Program.run(
                ["translate", run.folder, "--input", "a", "--out", "b", "--noise", "here"])
            expect(usage, status: 64, says: "--noise here: expected global, or class:")
        }

        /// A segmenter, and what it says of images: the same on any number of ranks.
        @Test func mapsAreMeasured() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let missing = try Program.run(["evaluate", run.folder, "--data", run.data, "--metrics", "miou"])
            expect(missing, status: 66, says: "ganglion features train --maps")
            let options = ["features", "train", "--maps", "--data", run.data, "--batch", "16", "--kimg", "0.32"]
            let trained = try Program.run(options + ["--threads", "1"])
            expect(trained, status: 0, says: "segmenter of ", "mIoU ", "held-out pixels right", "segmenter.h5")
            expect(try Program.run(options + ["--threads", "1", "--out", scratch("two.h5")], ranks: 2), status: 0)
            let (one, two) = (
                FileManager.default.contents(atPath: run.data + "/segmenter.h5"),
                FileManager.default.contents(atPath: scratch("two.h5"))
            )
            #expect(one != nil && one == two)
            expect(
                try Program.run(["inspect", run.data + "/segmenter.h5"]), status: 0, says: "kind = segmenter",
                "held_out_miou = ", "segmenter of ", "all checksums agree")

            func evaluate(ranks: Int?) throws -> ProcessResult {
                try Program.run(
                    [
                        "evaluate", run.folder, "--data", run.data, "--metrics", "miou,swd", "--images", "32", "--json",
                        "--threads", "1", "--standing-statistics", "2",
                    ], ranks: ranks)
            }
            let alone = try evaluate(ranks: nil)
            expect(
                alone, status: 0, says: "\"miou\"", "\"mean\"", "\"accuracy\"", "\"real_images\"", "segmenter of ",
                "taken anew, from 2 batches of 8 images")
            #expect(try evaluate(ranks: 2).stdout == alone.stdout)
            let asFeatures = try Program.run(
                [
                    "evaluate", run.folder, "--data", run.data, "--metrics", "fid", "--features",
                    run.data + "/segmenter.h5",
                ])
            expect(asFeatures, status: 65, says: "holds a segmenter")
        }

        @Test func mapsThatAreNotThereCannotBeLearned() throws {
            let scratch = try Scratch()
            let description = DatasetDescription(resolution: 16, channels: 1)
            let writer = try DatasetWriter(folder: scratch("plain"), description: description, shards: 1)
            for row in 0..<32 { try writer.append(image: (0..<256).map { UInt8(($0 * (row + 1)) % 251) }) }
            _ = try writer.finish()
            expect(
                try Program.run(["features", "train", "--maps", "--data", scratch("plain")]), status: 65,
                says: "has no label maps, which --maps learns")
            expect(
                try Program.run(["features", "train", "--maps", "--unlabelled", "--data", scratch("plain")]),
                status: 64, says: "--maps and --unlabelled exclude each other")
        }
    }
}
