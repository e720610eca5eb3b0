import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Sources that `dataset import` cannot use: no shard is made.
    @Suite struct BadSources {
        private func refuse(
            _ scratch: Scratch, _ source: String, options: [String] = [], status: Int32 = ExitCode.badData,
            _ texts: String..., location: SourceLocation = #_sourceLocation
        ) throws {
            let result = try Program.run(["dataset", "import", source, "--out", scratch("out")] + options)
            expect(result, status: status, location: location)
            for text in texts {
                #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location)
            }
            let made = (try? FileManager.default.contentsOfDirectory(atPath: scratch("out"))) ?? []
            #expect(made == [], sourceLocation: location)
        }

        /// A folder of PNG files of these sides.
        private func images(_ scratch: Scratch, _ sides: [Int]) throws -> String {
            let folder = try scratch.folder("source")
            for (number, side) in sides.enumerated() {
                let pixels = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
                try ImageFile.write(
                    RasterImage(height: side, width: side, channels: 3, pixels: pixels), to: "\(folder)/\(number).png")
            }
            return folder
        }

        @Test func missing() throws {
            let scratch = try Scratch()
            try refuse(
                scratch, scratch("nowhere"), status: ExitCode.missingInput,
                "\(scratch("nowhere")): no such file or folder")
        }

        @Test func folderWithoutImages() throws {
            let scratch = try Scratch()
            let folder = try scratch.folder("source")
            try Data("notes".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
            try refuse(scratch, folder, "\(folder): 0 images", "Expected .png")
        }

        @Test func truncatedPNG() throws {
            let scratch = try Scratch()
            let folder = try images(scratch, [8, 8, 8])
            try damage(folder + "/1.png") { $0.removeLast($0.count / 2) }
            try refuse(scratch, folder, "\(folder)/1.png", "PNG of 8x8", "cut short")
            let skipped = try Program.run(
                ["dataset", "import", folder, "--out", scratch("some"), "--on-error", "skip"])
            expect(skipped, status: 0, says: "skipped: \(folder)/1.png", "2 images", "1 skipped")
            #expect(try Dataset(scratch("some")).count == 2)
        }

        @Test func mixedSizes() throws {
            let scratch = try Scratch()
            let folder = try images(scratch, [8, 16])
            try refuse(scratch, folder, "\(folder)/1.png is 16x16", "\(folder)/0.png is 8x8", "--resolution")
            let resized = try Program.run(
                ["dataset", "import", folder, "--out", scratch("some"), "--resolution", "8"])
            expect(resized, status: 0, says: "2 images, 8x8x3")
        }

        @Test func sizeThatIsNoPowerOfTwo() throws {
            let scratch = try Scratch()
            let folder = try images(scratch, [12])
            try refuse(scratch, folder, "\(folder)/0.png is 12x12", "not a power of two", "--resolution 16")
            try refuse(
                scratch, folder, options: ["--resolution", "12"], status: ExitCode.usage, "12 is not a power of two")
        }

        @Test func wrongIDXMagic() throws {
            let scratch = try Scratch()
            let path = scratch("images-idx3-ubyte")
            try Data([0, 0, 9, 3, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8] + [UInt8](repeating: 1, count: 64))
                .write(to: URL(fileURLWithPath: path))
            try refuse(scratch, path, "\(path): IDX magic is 2307, expected 2051")
            try damage(path) {
                $0[2] = 8; $0.removeLast(10)
            }
            try refuse(scratch, path, path)
        }

        /// The images are all there; only the end of the file tells that they are not what was packed.
        @Test(arguments: [[], ["--limit", "1"]]) func packedIDXWithAnotherEnd(options: [String]) throws {
            let scratch = try Scratch()
            let plain = scratch("images-idx3-ubyte")
            try Data([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 8] + (0..<256).map { UInt8($0) })
                .write(to: URL(fileURLWithPath: plain))
            #expect(try ChildProcess.run(["gzip", plain], timeout: 60).status == 0)
            let path = plain + ".gz"
            let whole = try #require(FileManager.default.contents(atPath: path))
            let ends: [(String, (inout Data) -> Void)] = [
                ("cut short", { $0.removeLast(8) }), ("incorrect data check", { $0[$0.count - 8] ^= 1 }),
                ("not gzip follows its end", { $0 += Data("more".utf8) }),
                ("272 bytes more than expected", { $0 += whole }),
            ]
            for (text, change) in ends {
                var data = whole
                change(&data)
                try data.write(to: URL(fileURLWithPath: path))
                try refuse(scratch, path, options: options, path, text)
            }
            try whole.write(to: URL(fileURLWithPath: path))
            expect(try Program.run(["dataset", "import", path, "--out", scratch("out")] + options), status: 0)
        }

        @Test func labelOutOfRange() throws {
            let scratch = try Scratch()
            let path = scratch("images.h5")
            let file = try HDF5File(inMemory: path)
            try file.write([UInt8](repeating: 9, count: 3 * 8 * 8 * 3), shape: [3, 8, 8, 3], to: "images")
            try file.write([0, -4, 1] as [Int32], shape: [3], to: "labels")
            try file.save(to: path)
            try refuse(scratch, path, path, "label -4")
        }

        @Test func aFolderThatHoldsADataset() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let before = contents(of: data)
            let result = try Program.run(["dataset", "import", images(scratch, [8]), "--out", data])
            expect(result, status: 73, says: "\(data) holds shard-00000.h5 already")
            #expect(contents(of: data) == before)
        }
    }
}
