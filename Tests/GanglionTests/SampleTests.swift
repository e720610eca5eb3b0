import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// `ganglion sample`: an image is a pure function of checkpoint and seed, wherever it is written.
    @Suite struct Samples {
        /// A checkpoint of a few steps, 8×8 in colour.
        private func checkpoint(_ scratch: Scratch, _ options: String...) throws -> String {
            let run = TestRun(
                data: try scratch.shapes(), folder: scratch("run"),
                options: TestRun.tiny + ["--set", "optimizer.g_lr=0.02"] + options)
            try run.finish(images: 400)
            return run.checkpoint(400)
        }

        private func sample(_ arguments: [String]) throws -> ProcessResult { try Program.run(["sample"] + arguments) }

        /// The images of an HDF5 file, one after another.
        private func images(_ path: String, _ arguments: String...) throws -> [[UInt8]] {
            let out = path + "-\(UUID().uuidString).h5"
            let result = try sample([path, "--out", out] + arguments)
            #expect(result.status == 0, "\(result.stderr)")
            let (shape, values) = try HDF5File(reading: out).bytes("images")
            let size = shape.dropFirst().reduce(1, *)
            return (0..<shape[0]).map { Array(values[$0 * size..<($0 + 1) * size]) }
        }

        @Test func theSameImagesInAFolderAGridAndAnHDF5File() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch)
            let seeds = [0, 1, 2, 7, 40, 41]
            let arguments = ["--seeds", "0-2,7,40-41"]
            for out in ["folder", "grid.png", "images.h5"] {
                let result = try sample([path, "--out", scratch(out)] + arguments + ["--grid", "3x2"])
                expect(result, status: 0, says: "6 images of 8×8", scratch(out))
            }
            let file = try HDF5File(reading: scratch("images.h5"))
            let dataset = try file.dataset("images")
            #expect(dataset.shape == [6, 8, 8, 3] && dataset.kind == .uint8)
            let rows = try file.bytes("images").values
            #expect(Set(rows).count > 20, "flat images tell little")

            let names = try FileManager.default.contentsOfDirectory(atPath: scratch("folder")).sorted()
            #expect(names == seeds.map { String(format: "seed%06d.png", $0) })
            for (index, name) in names.enumerated() {
                let image = try ImageFile.read(scratch("folder") + "/" + name)
                #expect(image.pixels == Array(rows[index * 192..<(index + 1) * 192]))
            }
            let grid = ImageGrid.make(rows, count: 6, height: 8, width: 8, channels: 3, columns: 3)
            #expect(try ImageFile.read(scratch("grid.png")) == grid)
            // A seed's image does not depend on its company.
            #expect(try images(path, "--seeds", "41") == [Array(rows[5 * 192..<6 * 192])])
        }

        @Test func truncation() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch)
            let whole = try images(path, "--count", "4")
            #expect(try images(path, "--count", "4", "--truncation", "1") == whole)
            #expect(Set(whole).count == 4)
            #expect(try images(path, "--count", "4", "--truncation", "0.5") != whole)
            #expect(try Set(images(path, "--count", "4", "--truncation", "0")).count == 1, "the mean image")
        }

        @Test func classes() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch, "--set", "data.labels=true")
            let turns = try images(path, "--count", "10")
            let third = try images(path, "--count", "10", "--class", "3")
            #expect(turns[3] == third[3], "without --class the classes take turns")
            #expect(turns[2] != third[2])
            #expect(
                try images(path, "--count", "10", "--class", "ring") == third, "the checkpoint knows its data's names")
            for wrong in ["8", "-1", "Ring"] {
                let outside = try sample([path, "--out", scratch("out"), "--class=\(wrong)"])
                expect(
                    outside, status: 64,
                    says: "--class \(wrong): the generator has classes 0 … 7: disc, square, triangle")
            }
        }

        @Test func theNewestCheckpointOfARun() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch, "--set", "checkpoint.every_kimg=0.2")
            let expected = try images(path, "--count", "4")
            for place in ["run", "run/checkpoints", "run/checkpoints/latest"].map({ scratch($0) }) {
                let result = try sample([place, "--out", scratch("out.h5"), "--count", "4"])
                expect(result, status: 0, says: "\(place): its newest sound checkpoint is \(path)")
                let values = try HDF5File(reading: scratch("out.h5")).bytes("images").values
                #expect(values == expected.flatMap { $0 })
            }
            try damage(path) { $0[2000] ^= 1 }
            let older = try sample([scratch("run"), "--out", scratch("out.h5")])
            expect(older, status: 0, says: "00000200.h5", "not used: \(path): ")
        }

        @Test func whatOutMayBe() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch)
            for name in ["grid.jpg", "a.b.npz", "images.hdf5"] {
                let result = try sample([path, "--out", scratch(name)])
                expect(
                    result, status: 64, says: "--out \(scratch(name)): expected FILE.png (a grid), FILE.h5",
                    "a folder", "\(scratch(name))/")
                #expect(!FileManager.default.fileExists(atPath: scratch(name)))
            }
            for (name, file) in [
                ("slash.jpg/", "slash.jpg/seed000000.png"), ("run-0.5", "run-0.5/seed000000.png"),
                (".hidden", ".hidden/seed000000.png"), ("GRID.PNG", "GRID.PNG"),
            ] {
                expect(try sample([path, "--out", scratch(name), "--count", "1"]), status: 0, says: scratch(name))
                #expect(try ImageFile.read(scratch(file)).width == 8)
            }
            let there = try scratch.folder("there.dir")
            expect(try sample([path, "--out", there, "--count", "1"]), status: 0, says: there)
        }

        @Test func wrongUse() throws {
            let scratch = try Scratch()
            let path = try checkpoint(scratch)
            let cases: [(arguments: [String], text: String)] = [

                (["--grid", "2x2", "--count", "5"], "no room for 5"),
                (["--grid", "2"], "such as 8x8"), (["--seeds", "3-1"], "--seeds 3-1"), (["--seeds", "a"], "--seeds a"),
                (["--seeds", "3-"], "--seeds 3-"), (["--seeds", "4294967296"], "below 4294967296"),
                (["--seeds", ""], "--seeds"), (["--count", "0"], "--count 0"),
                (["--count", "1", "--seeds", "2"], "exclude each other"),
            ]
            for (arguments, text) in cases {
                let result = try sample([path, "--out", scratch("out")] + arguments)
                expect(result, status: 64, says: text, "Usage: ganglion sample")
            }
            let unconditional = try sample([path, "--out", scratch("out"), "--class", "0"])
            expect(unconditional, status: 64, says: "--class 0: the generator is unconditional")
            #expect(!FileManager.default.fileExists(atPath: scratch("out")))
            expect(try sample([path, "--out", "/proc/nowhere/a.png"]), status: 73, says: "/proc/nowhere/a.png")
        }
    }
}
