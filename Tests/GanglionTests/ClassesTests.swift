import Autodiff
import Foundation
import Recipes
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Classes, from the data to the pictures of samples.
    @Suite struct Classes {
        /// A conditional run of a few steps, 8×8 in colour, eight classes.
        private func run(_ scratch: Scratch, _ name: String = "run", _ options: String...) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(name + "-data"), folder: scratch(name),
                options: TestRun.tiny + ["--set", "optimizer.g_lr=0.02", "--set", "data.labels=true"] + options)
            try run.finish(images: 400)
            return run
        }

        /// Cells of a grid of images of 8×8, row by row.
        private func cells(_ path: String, columns: Int, rows: Int) throws -> [[UInt8]] {
            let grid = try ImageFile.read(path)
            try #require(grid.width == 8 * columns && grid.height == 8 * rows, "\(grid.width)x\(grid.height)")
            return (0..<columns * rows).map {
                grid.cropped(top: $0 / columns * 8, left: $0 % columns * 8, height: 8, width: 8).pixels
            }
        }

        /// The image of a seed and a class.
        private func image(_ file: GeneratorFile, seed: Int, _ label: Int) throws -> [UInt8] {
            try file.images(seeds: [seed], classes: [label], truncation: 1)
        }

        @Test func aGridHasAClassARow() throws {
            let scratch = try Scratch()
            let path = try run(scratch).checkpoint(400)
            let file = try GeneratorFile(path)
            func sample(_ arguments: String...) throws -> ProcessResult {
                try Program.run(["sample", path, "--out", scratch("grid.png"), "--grid"] + arguments)
            }
            let all = try sample("3x10")
            expect(all, status: 0, says: "30 images of 8×8", "a class a row: disc, square, triangle, ring, ")
            // After the last class the first again, with other seeds.
            for (place, cell) in try cells(scratch("grid.png"), columns: 3, rows: 10).enumerated() {
                let (row, column) = (place / 3, place % 3)
                #expect(try cell == image(file, seed: row / 8 * 3 + column, row % 8), "row \(row), column \(column)")
            }
            expect(
                try sample("2x3", "--class", "6-7,ring", "--seeds", "5,9"), status: 0,
                says: "row: crescent, heart, ring")
            for (place, cell) in try cells(scratch("grid.png"), columns: 2, rows: 3).enumerated() {
                #expect(try cell == image(file, seed: [5, 9][place % 2], [6, 7, 3][place / 2]), "\(place)")
            }
            // Fewer seeds than there is room for, and one class, which has no rows.
            expect(try sample("2x2", "--class", "1,2", "--seeds", "4"), status: 0, says: "2 images")
            let narrow = try cells(scratch("grid.png"), columns: 2, rows: 2)
            #expect(try narrow[0] == image(file, seed: 4, 1))
            #expect(try narrow[2] == image(file, seed: 4, 2))
            #expect(narrow[1] == [UInt8](repeating: 0, count: 192) && narrow[3] == narrow[1])
            expect(try sample("2x2", "--class", "1"), status: 0, says: "4 images")
            #expect(try cells(scratch("grid.png"), columns: 2, rows: 2)[3] == image(file, seed: 3, 1))
        }

        /// Elsewhere they take turns, and a file tells which image is of which.
        @Test func classesTakeTurns() throws {
            let scratch = try Scratch()
            let path = try run(scratch).checkpoint(400)
            let file = try GeneratorFile(path)
            for (choice, expected) in [(nil, [4, 5, 6, 7]), ("2,heart", [2, 7, 2, 7])] as [(String?, [Int])] {
                let arguments = choice.map { ["--class", $0] } ?? []
                let result = try Program.run(["sample", path, "--out", scratch("a.h5"), "--seeds", "4-7"] + arguments)
                #expect(result.status == 0, "\(result.stderr)")
                let made = try HDF5File(reading: scratch("a.h5"))
                let labels: [Int32] = try made.dataset("labels").values()
                #expect(labels.map(Int.init) == expected)
                let images = try file.images(seeds: [4, 5, 6, 7], classes: expected, truncation: 1)
                #expect(try made.bytes("images").values == images)
            }
        }

        /// Sheets of a run: a class a row, one latent a column; the reals likewise.
        @Test func sheetsHaveAClassARow() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "run", "--set", "snapshot.grid=3x9")
            let dataset = try Dataset(run.data)
            let labels = try #require(dataset.labels)
            let reals = try cells(run.folder + "/images/reals.png", columns: 3, rows: 9)
            for (place, cell) in reals.enumerated() {
                let members = labels.indices.filter { labels[$0] == place / 3 % 8 }
                // The ninth row goes on with the first class.
                let number = place / 24 * 3 + place % 3
                let expected = number < members.count ? try dataset.read(rows: [members[number]]).images : nil
                #expect(cell == expected ?? [UInt8](repeating: 0, count: 192), "cell \(place)")
            }
            let file = try GeneratorFile(run.checkpoint(400))
            let sheet = "\(run.folder)/images/fakes-00000400.png"
            for (place, cell) in try cells(sheet, columns: 3, rows: 9).enumerated() {
                let column = place % 3
                let z = Randomizer(seed: 0).normals(.sheet, step: 0, samples: column..<column + 1, shape: [16])
                let image = try SampleImages.make(
                    file.generator, file.parameters, z: z, labels: .oneHot([Int32(place / 3 % 8)], classes: 8),
                    truncation: 1)
                // A sheet's images go through the networks together, and a few values between two bytes round otherwise.
                let difference = zip(cell, image).map { abs(Int($0) - Int($1)) }
                #expect(cell.count == image.count && difference.allSatisfy { $0 <= 1 }, "cell \(place)")
                #expect(difference.reduce(0, +) <= 2, "cell \(place)")
            }
        }

        /// A class that has none leaves its row of the reals black.
        @Test func classesWithoutImages() throws {
            let scratch = try Scratch()
            let writer = try DatasetWriter(
                folder: scratch("data"), description: DatasetDescription(resolution: 8, channels: 3, classes: 3))
            for value in 0..<8 { try writer.append(image: [UInt8](repeating: UInt8(9 + value), count: 192), label: 1) }
            _ = try writer.finish()
            for (grid, rows) in [("2x1", 1), ("2x2", 2)] {
                let run = TestRun(
                    data: scratch("data"), folder: scratch(grid),
                    options: TestRun.tiny + TestRun.sets("data.labels=true", "snapshot.grid=\(grid)"))
                try run.finish(images: 16)
                let reals = try cells(run.folder + "/images/reals.png", columns: 2, rows: rows)
                let expected: [UInt8] = [0, 0, 9, 10]
                #expect(reals.map { $0[0] } == Array(expected[..<(2 * rows)]))
            }
            let info = try Program.run(["dataset", "info", scratch("data"), "--preview", scratch("p.png")])
            expect(info, status: 0, says: "per class  0 8 0")
            #expect(try cells(scratch("p.png"), columns: 8, rows: 1).map { $0[0] } == Array(9..<17))
        }

        /// What is said where classes and labels do not fit.
        @Test func whatDoesNotFit() throws {
            let scratch = try Scratch()
            let conditional = try run(scratch)
            let (path, data) = (conditional.checkpoint(400), conditional.data)
            let plain = TestRun(data: data, folder: scratch("plain"))
            try plain.finish(images: 16)
            let unlabelled = try unlabelled(scratch)
            let out = ["--out", scratch("out.png")]
            let sample = ["sample", path] + out
            let train = ["train", "--run", scratch("none"), "--set", "data.labels=true", "--data"]
            func refuse(_ arguments: [String], _ status: Int32, _ texts: String...) throws {
                let result = try Program.run(arguments)
                #expect(result.status == status, "\(arguments): \(result.stderr)")
                for text in texts { #expect(result.stderr.contains(text), "\(arguments): \(result.stderr)") }
            }
            func refuse(class text: String, _ said: String) throws {
                try refuse(sample + ["--class", text], 64, "--class \(text): \(said)")
            }
            try refuse(train + [unlabelled], 78, "data.labels is true, but the data set has no labels")
            try refuse(class: "8", "the generator has classes 0 … 7: disc, ")
            for wrong in ["6-8", "3-1", "1,,2", "dog", "1-", "disc-ring"] {
                try refuse(class: wrong, "the generator has classes 0 … 7: disc, ")
            }
            try refuse(class: "0-3,square", "names class 1 twice")
            try refuse(
                sample + ["--grid", "2x4", "--count", "5"], 64, "--grid 2x4: a class a row",
                "no room for 5 seeds of 8 classes, only for 2")
            let unconditional = ["sample", plain.checkpoint(16)] + out
            try refuse(unconditional + ["--class", "0-3"], 64, "--class 0-3: the generator is unconditional")
            try refuse(
                sample + ["--standing-statistics", "2"], 64,
                "--standing-statistics: \(path): its generator has no batch normalisation")
            try refuse(
                sample + ["--standing-statistics", "0"], 64, "--standing-statistics 0: expected 1 to 10000 batches")
            let large = try shard(scratch, "large", labels: [0, 1, 2, 3])
            try refuse(["dataset", "info", large], 65, "shard-00000.h5: row 3 has label 3, expected 0 to 2")
            let negative = try shard(scratch, "negative", labels: [0, -1, 2, 1])
            try refuse(["dataset", "info", negative], 65, "shard-00000.h5: row 1 has label -1, expected 0 to 2")
            let lowest = try shard(scratch, "lowest", labels: [0, 1, .min, 1])
            try refuse(train + [lowest], 65, "shard-00000.h5: row 2 has label -2147483648, expected 0 to 2")
            for name in ["out.png", "none"] { #expect(!FileManager.default.fileExists(atPath: scratch(name))) }
        }

        private func unlabelled(_ scratch: Scratch) throws -> String {
            let writer = try DatasetWriter(
                folder: scratch("unlabelled"), description: DatasetDescription(resolution: 8, channels: 3))
            for value in 0..<16 { try writer.append(image: [UInt8](repeating: UInt8(value), count: 192)) }
            _ = try writer.finish()
            return scratch("unlabelled")
        }

        /// A shard by hand, of three classes.
        private func shard(_ scratch: Scratch, _ name: String, labels: [Int32]) throws -> String {
            let path = try scratch.folder(name) + "/shard-00000.h5"
            let file = try HDF5File(inMemory: path)
            let shape = [labels.count, 8, 8, 3]
            try file.write([UInt8](repeating: 7, count: shape.reduce(1, *)), shape: shape, to: "images")
            try file.write(labels, shape: [labels.count], to: "labels")
            let numbers = [
                ("version", 1), ("shard", 0), ("shards", 1), ("count_total", labels.count), ("resolution", 8),
                ("channels", 3), ("classes", 3), ("semantic_classes", 0),
            ]
            for (name, value) in numbers { try file.setAttribute(name, to: .int(value)) }
            try file.setAttribute("format", to: .string("ganglion-dataset"))
            try file.setAttribute("dataset_id", to: .string("made by hand"))
            try file.save(to: path)
            return scratch(name)
        }
    }
}
