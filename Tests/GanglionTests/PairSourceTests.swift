import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Pairs of images, from the command line to the dataset.
    @Suite struct PairSources {
        private func image(_ seed: Int, width: Int = 8) -> RasterImage {
            RasterImage(
                height: 8, width: width, channels: 3,
                pixels: (0..<8 * width * 3).map { UInt8(truncatingIfNeeded: $0 * 5 + seed * 29) })
        }

        @Test func facadesSideBySide() throws {
            let scratch = try Scratch()
            let folder = try scratch.folder("facades")
            for number in 0..<3 { try ImageFile.write(image(number, width: 16), to: "\(folder)/\(number).png") }
            let result = try Program.run([
                "dataset", "import", folder, "--pair", "side-by-side", "--direction", "BtoA", "--out", scratch("out"),
            ])
            expect(
                result, status: 0, says: "folder of 3 image files", "each two side by side (BtoA)",
                "3 images, 8x8x3, made from images of 3 channels, 0 skipped")
            let both = image(1, width: 16)
            let rows = try Dataset(scratch("out")).read(rows: [1])
            #expect(rows.images == both.cropped(top: 0, left: 0, height: 8, width: 8).pixels)
            #expect(
                rows.imageConditions == both.cropped(top: 0, left: 8, height: 8, width: 8).pixels.map(Float.init))
            let info = try Program.run(["dataset", "info", scratch("out"), "--preview", scratch("p.png"), "--verify"])
            expect(
                info, status: 0, says: "size       8x8, colour", "beside     an image of 8×8, uint8, 3 channels",
                "every checksum is right")
            let preview = try ImageFile.read(scratch("p.png"))
            #expect(preview.width == 2 * 64 + 2 && preview.height == 8)
        }

        @Test func garmentsByTheirEdges() throws {
            let scratch = try Scratch()
            let path = scratch("images-idx3-ubyte")
            let pixels = (0..<2 * 64).map { UInt8($0 % 8 < 4 ? 10 : 220) }
            try Data([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8] + pixels).write(to: URL(fileURLWithPath: path))
            let result = try Program.run(["dataset", "import", path, "--pair", "edges", "--out", scratch("out")])
            expect(
                result, status: 0, says: "IDX, 2 images of 8x8", "each drawn by its edges",
                "2 images, 8x8x1, made from images of 1 channel, 0 skipped")
            let lines = (0..<64).map { $0 % 8 == 4 ? Float(0) : 255 }
            #expect(try Dataset(scratch("out")).read(rows: [0, 1]).imageConditions == lines + lines)
        }

        @Test func pairsThatDoNotMatch() throws {
            let scratch = try Scratch()
            let (a, b) = (try scratch.folder("both/A"), try scratch.folder("both/B"))
            for name in ["one", "two"] {
                try ImageFile.write(image(1), to: "\(a)/\(name).png")
                try ImageFile.write(image(2), to: "\(b)/\(name).png")
            }
            try ImageFile.write(image(3), to: "\(b)/three.png")
            let arguments = ["dataset", "import", scratch("both"), "--pair", "A", "--out", scratch("out")]
            expect(
                try Program.run(arguments), status: ExitCode.badData, says: "\(b)/three.png: has no pair", "\(a)/three")
            #expect(!FileManager.default.fileExists(atPath: scratch("out") + "/shard-00000.h5"))
            let skipped = try Program.run(arguments + ["--on-error", "skip"])
            expect(skipped, status: 0, says: "skipped: \(b)/three.png: has no pair", "2 images", "1 skipped")
        }

        @Test func optionsThatCannotBe() throws {
            let scratch = try Scratch()
            let folder = try scratch.folder("images")
            try ImageFile.write(image(1), to: folder + "/a.png")
            let arguments = ["dataset", "import", folder, "--out", scratch("out")]
            expect(
                try Program.run(arguments + ["--pair", "edges", "--direction", "up"]), status: ExitCode.usage,
                says: "up", "--direction")
            expect(
                try Program.run(arguments + ["--direction", "AtoB"]), status: ExitCode.usage,
                says: "--direction AtoB is of --pair side-by-side")
            expect(
                try Program.run(arguments + ["--pair", scratch("none")]), status: ExitCode.missingInput,
                says: "--pair \(scratch("none")): no such folder")
            let fields = ["--pair", "edges", "--key", "a"]
            expect(try Program.run(arguments + fields), status: ExitCode.usage, says: "--pair is of pictures")
        }
    }
}
