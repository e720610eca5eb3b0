import Cluster
import Configuration
import Foundation
import Recipes
import Session
import SmallRuns
import State
import Storage
import TestSupport
import Testing
import Training

/// `ganglion sample` of fields and of numbers as conditions; what checkpoints say of both.
@Suite struct FieldSamplesTests {
    /// A checkpoint of a few steps in a folder of its own.
    private static func inFolder(
        _ overrides: [String] = ["data.condition=vector"], format: SampleFormat = SmallFields.format,
        _ body: (_ folder: String, _ checkpoint: String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let engine = try engine(overrides, description(format))
            try Small.run(engine, steps: 1)
            let path = folder + "/checkpoint.h5"
            try CheckpointFile.write(
                engine.checkpoint(datasetID: "set", ranks: 1, description: description(format)), to: path)
            try body(folder, path)
        }
    }

    private static func description(_ format: SampleFormat = SmallFields.format) -> DatasetDescription {
        DatasetDescription(format: format, classes: 3, vector: SmallFields.vector)
    }

    private static func engine(_ overrides: [String], _ description: DatasetDescription) throws -> StepEngine {
        try Small.fieldEngine(overrides, DataFacts(description))
    }

    private static func sample(
        _ checkpoint: String, _ out: String, count: Int? = nil, seeds: String? = nil, label: String? = nil,
        grid: String? = nil, condition: String? = nil, conditions: String? = nil, netCDF: Bool = false
    ) throws {
        try SampleSession(
            checkpoint: checkpoint, out: out, count: count, seeds: seeds, truncation: 1, label: label, grid: grid,
            condition: condition, conditions: conditions, netCDF: netCDF
        ).run()
    }

    private static func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    // MARK: Files

    @Test func physicalValuesWithNamesAndConditions() throws {
        try Self.inFolder { folder, checkpoint in
            let out = folder + "/fields.h5"
            try Self.sample(checkpoint, out, seeds: "3-5", condition: "2.5,-30")
            let file = try HDF5File(reading: out)
            let (shape, values) = try file.floats("samples")
            #expect(shape == [3, 24, 16, 3])
            #expect(try file.attribute("channel_names", on: "samples") == .strings(["wind", "rain", "snow/depth"]))
            #expect(try file.attribute("channel_units", on: "samples") == .strings(["m/s", "mm", ""]))
            #expect(try file.int64s("seeds").values == [3, 4, 5])
            let asked = try file.floats("conditions")
            #expect(asked.shape == [3, 2])
            for row in 0..<3 {
                #expect(abs(asked.values[2 * row] - 2.5) < 1e-4 && abs(asked.values[2 * row + 1] + 30) < 1e-3)
            }
            #expect(try file.attribute("names", on: "conditions") == .strings(["energy", "angle"]))
            #expect(try file.attribute("units", on: "conditions") == .strings(["GeV", "degree"]))
            // What the library makes of the same seeds and numbers.
            let generator = try GeneratorFile(checkpoint)
            #expect(generator.sampleFormat == SmallFields.format && generator.vectorFormat == SmallFields.vector)
            #expect(generator.classCount == 0 && generator.classNames.isEmpty)
            let numbers = try SmallFields.vector.normalized([[2.5, -30]], place: "test")
            let made = try generator.fields(
                seeds: [3, 4, 5], conditions: .vectors(numbers + numbers + numbers, components: 2), truncation: 1)
            #expect(made.values == values)
            #expect(Set(values).count > 100)
            // Rain is a square: nothing of it is negative.
            #expect(stride(from: 1, to: values.count, by: 3).allSatisfy { values[$0] >= 0 })
            // A sample does not depend on its company, but on its numbers.
            try Self.sample(checkpoint, folder + "/one.h5", seeds: "4", condition: "2.5,-30")
            let size = 24 * 16 * 3
            #expect(
                try HDF5File(reading: folder + "/one.h5").floats("samples").values == Array(values[size..<2 * size]))
            try Self.sample(checkpoint, folder + "/other.h5", seeds: "4", condition: "4,80")
            #expect(
                try HDF5File(reading: folder + "/other.h5").floats("samples").values != Array(values[size..<2 * size]))
        }
    }

    @Test func clippedValuesAreCounted() throws {
        var format = SmallFields.format
        format.channels[1].transform = ChannelTransform(curve: .power(exponent: 0.5), center: -100, scale: 0.5)
        try Self.inFolder(format: format) { folder, checkpoint in
            let generator = try GeneratorFile(checkpoint)
            let made = try generator.fields(
                seeds: [0], conditions: .vectors([0, 0], components: 2), truncation: 1)
            #expect(made.clipped == 24 * 16)
            #expect(stride(from: 1, to: made.values.count, by: 3).allSatisfy { made.values[$0] == 0 })
        }
    }

    @Test func netCDFHasAVariableAChannel() throws {
        try Self.inFolder { folder, checkpoint in
            try Self.sample(checkpoint, folder + "/fields.h5", count: 2)
            try Self.sample(checkpoint, folder + "/fields.nc", count: 2)
            let samples = try HDF5File(reading: folder + "/fields.h5").floats("samples").values
            let file = try HDF5File(reading: folder + "/fields.nc")
            let names = ["angle", "energy", "rain", "sample", "seed", "snow_depth", "wind", "x", "y"]
            #expect(try file.datasetPaths().sorted() == names)
            for (c, name) in ["wind", "rain", "snow_depth"].enumerated() {
                let (shape, values) = try file.floats(name)
                #expect(shape == [2, 24, 16])
                #expect(values == stride(from: c, to: samples.count, by: 3).map { samples[$0] })
            }
            #expect(try file.attribute("units", on: "rain") == .string("mm"))
            #expect(try file.attribute("units", on: "snow_depth") == nil)
            #expect(try file.attribute("long_name", on: "snow_depth") == .string("snow/depth"))
            #expect(try file.attribute("CLASS", on: "y") == .string("DIMENSION_SCALE"))
            #expect(try file.attribute("NAME", on: "y") == .string("y"))
            #expect(try file.attribute("Conventions") == .string("CF-1.8"))
            // The middle of the data set, where nothing was asked for: mean 0 of what networks see.
            let energy = try file.floats("energy").values
            #expect(energy.allSatisfy { abs($0 - (exp(1) - 1)) < 1e-4 })
            try Self.sample(checkpoint, folder + "/asked.h5", count: 2, netCDF: true)
            #expect(try HDF5File(reading: folder + "/asked.h5").datasetPaths().sorted() == names)
        }
    }

    @Test func picturesHaveChannelsSideBySide() throws {
        try Self.inFolder { folder, checkpoint in
            try Self.sample(checkpoint, folder + "/grid.png", count: 4, grid: "2x2")
            let grid = try ImageFile.read(folder + "/grid.png")
            #expect(grid.height == 48 && grid.width == 2 * 3 * 16 && grid.channels == 3)
            try Self.sample(checkpoint, folder + "/one/", seeds: "1")
            let one = try ImageFile.read(folder + "/one/seed000001.png")
            #expect(one == grid.cropped(top: 0, left: 48, height: 24, width: 48))
        }
    }

    @Test func classesOfFields() throws {
        try Self.inFolder(["data.condition=class"]) { folder, checkpoint in
            try Self.sample(checkpoint, folder + "/classes.h5", count: 4, label: "2,0")
            let file = try HDF5File(reading: folder + "/classes.h5")
            #expect(try file.int32s("labels").values == [2, 0, 2, 0])
            #expect(!file.contains("conditions"))
            let message = Self.refusal { try Self.sample(checkpoint, folder + "/a.h5", condition: "1,2") }
            #expect(
                message?.contains("--condition 1,2: no numbers condition the generator, but classes: give --class")
                    == true)
        }
    }

    // MARK: A file of conditions

    static let files: [(String, String)] = [
        ("a.csv", "energy, angle\n2.5, -30\n0,10\r\n# done\n\n"), ("b.txt", "# asked\n2.5 -30\n0\t10"),
        ("c.csv", "2.5,-30 # the first\n0,1e1\n"),
    ]

    @Test(arguments: files) func aRowIsASample(_ name: String, _ text: String) throws {
        try Self.inFolder { folder, checkpoint in
            try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
            try Self.sample(checkpoint, folder + "/out.h5", conditions: folder + "/" + name)
            let file = try HDF5File(reading: folder + "/out.h5")
            let (shape, values) = try file.floats("conditions")
            #expect(shape == [2, 2])
            #expect(zip(values, [2.5, -30, 0, 10] as [Float]).allSatisfy { abs($0 - $1) < 1e-3 })
            #expect(try file.int64s("seeds").values == [0, 1])
            // What was written is asked for again.
            try Self.sample(checkpoint, folder + "/again.h5", conditions: folder + "/out.h5")
            let again = try HDF5File(reading: folder + "/again.h5").floats("conditions").values
            #expect(zip(again, values).allSatisfy { abs($0 - $1) < 1e-3 })
        }
    }

    static let badFiles: [(String, [String])] = [
        ("1\n", ["bad.csv, line 1: 1 number, expected 2 (energy [GeV], angle [degree])"]),
        ("1,2\n3,4,5\n", ["bad.csv, line 2: 3 numbers, expected 2"]),
        ("1,2\nfive,4\n", ["bad.csv, line 2: expected 2 numbers between commas or spaces"]),
        ("1,nan\n", ["bad.csv, line 1: expected 2 numbers"]), ("# nothing\n", ["has no line with numbers"]),
        ("1,2\n-3,2\n", ["bad.csv, row 1: energy is -3.0, expected values above -1"]),
    ]

    @Test(arguments: badFiles) func badRowsAreNamed(_ text: String, _ parts: [String]) throws {
        try Self.inFolder { folder, checkpoint in
            try text.write(toFile: folder + "/bad.csv", atomically: true, encoding: .utf8)
            let message = try #require(
                Self.refusal { try Self.sample(checkpoint, folder + "/a.h5", conditions: folder + "/bad.csv") })
            for part in parts { #expect(message.contains(part), "\(message)") }
            #expect(!FileManager.default.fileExists(atPath: folder + "/a.h5"))
        }
    }

    @Test func whatCannotBeAskedForIsRefused() throws {
        try Self.inFolder { folder, checkpoint in
            func message(_ body: () throws -> Void) -> String { Self.refusal(body) ?? "" }
            let out = folder + "/a.h5"
            #expect(message { try Self.sample(checkpoint, out, condition: "1") }.contains("1 number, but 2 condition"))
            #expect(
                message { try Self.sample(checkpoint, out, condition: "1,x") }.contains(
                    "expected numbers between commas"))
            #expect(message { try Self.sample(checkpoint, out, condition: "-2,0") }.contains("energy is -2.0"))
            #expect(
                message { try Self.sample(checkpoint, out, label: "1") }.contains(
                    "numbers condition the generator: give --condition"))
            #expect(
                message { try Self.sample(checkpoint, out, condition: "1,2", conditions: "f") }
                    .contains("--condition and --conditions exclude each other"))
            #expect(
                message { try Self.sample(checkpoint, folder + "/a.png", netCDF: true) }.contains(
                    "is no FILE.h5 or FILE.nc"))
            #expect(message { try Self.sample(checkpoint, out, conditions: folder + "/none.csv") }.contains("none.csv"))
            try "1,2\n3,4\n".write(toFile: folder + "/two.csv", atomically: true, encoding: .utf8)
            #expect(
                message { try Self.sample(checkpoint, out, count: 3, conditions: folder + "/two.csv") }
                    .contains("has 2 rows, but 3 samples are asked for"))
            #expect(
                message { try Self.sample(checkpoint, folder + "/g.png", grid: "1x1", conditions: folder + "/two.csv") }
                    .contains("--grid 1x1 has no room for 2 samples"))
        }
        try withTemporaryFolder { folder in
            let path = folder + "/picture.h5"
            try CheckpointFile.write(try Small.engine().checkpoint(datasetID: "set", ranks: 1), to: path)
            let netCDF = Self.refusal { try Self.sample(path, folder + "/a.nc") }
            #expect(netCDF?.contains("makes pictures, which netCDF is not for") == true)
            let numbers = Self.refusal { try Self.sample(path, folder + "/a.h5", condition: "1") }
            #expect(numbers?.contains("--condition 1: no numbers condition the generator") == true)
        }
    }

    /// Of pictures, too, numbers may be the condition.
    @Test func numbersOfPictures() throws {
        try withTemporaryFolder { folder in
            let description = DatasetDescription(
                format: .picture(resolution: 16, channels: 3), vector: SmallFields.vector)
            let engine = try Self.engine(["data.condition=vector"], description)
            let contents = engine.checkpoint(datasetID: "set", ranks: 1, description: description)
            #expect(contents.attribute(SampleAttributes.sample) == nil)
            #expect(contents.attribute(SampleAttributes.vector) == .string(SmallFields.vector.json))
            try CheckpointFile.write(contents, to: folder + "/c.h5")
            try Self.sample(folder + "/c.h5", folder + "/out.h5", count: 2, condition: "1,2")
            let file = try HDF5File(reading: folder + "/out.h5")
            #expect(try file.dataset("images").shape == [2, 16, 16, 3])
            #expect(try file.dataset("conditions").shape == [2, 2])
        }
    }

    // MARK: Checkpoints

    /// Pictures say nothing new.
    @Test func checkpointsOfPicturesAreAsEver() throws {
        let engine = try Small.engine(["data.labels=true"])
        let plain = engine.checkpoint(datasetID: "set", ranks: 1)
        let told = engine.checkpoint(
            datasetID: "set", ranks: 1, description: DatasetDescription(resolution: 16, channels: 3, classes: 3))
        #expect(plain.attributes.map(\.0) == told.attributes.map(\.0))
    }

    @Test func anotherFormatIsRefused() throws {
        let description = Self.description()
        let engine = try Self.engine(["data.condition=vector"], description)
        let contents = engine.checkpoint(datasetID: "set", ranks: 1, description: description)
        func resumed(_ other: DatasetDescription) -> String {
            Self.refusal {
                _ = try Self.engine(["data.condition=vector"], other).resume(
                    contents, path: "c.h5", datasetID: "set", description: other)
            } ?? ""
        }
        #expect(resumed(description) == "")
        var other = description
        other.format.channels[0].name = "speed"
        #expect(
            resumed(other).contains(
                "c.h5: was trained on float32 fields of 24×16, channels wind [m/s], rain [mm], snow/depth, but the data set has"
                    + " float32 fields of 24×16, channels speed [m/s]"), "\(resumed(other))")
        other = description
        other.format.channels[0].transform.scale = 6
        #expect(resumed(other).contains("with other transforms"))
        other = description
        other.vector?.components[1].name = "width"
        #expect(
            resumed(other).contains("the conditions energy [GeV], angle [degree], but the data set has the conditions"))
        // A run that starts from its networks is told.
        let notes = try Self.engine(["data.condition=vector"], other).transfer(
            contents, path: "c.h5", description: other)
        #expect(notes.contains { $0.hasPrefix("c.h5 was trained on the conditions energy [GeV]") })
    }

    @Test func forgedFormatsAreRefused() throws {
        try withTemporaryFolder { folder in
            let description = Self.description()
            let engine = try Self.engine(["data.condition=vector"], description)
            var wide = SmallFields.format
            wide.channels.append(SampleFormat.Channel(name: "more"))
            let more = VectorFormat(components: SmallFields.vector.components + [SampleFormat.Channel(name: "more")])
            for (name, text, part) in [
                (SampleAttributes.sample, wide.json, "states 4 channels, but its generator has 3"),
                (SampleAttributes.vector, more.json, "states 3 numbers, but its generator has conditions of 2"),
                (SampleAttributes.sample, "{}", "sample format"),
            ] {
                var contents = engine.checkpoint(datasetID: "set", ranks: 1, description: description)
                contents.attributes.removeAll { $0.0 == name }
                contents.attributes.append((name, .string(text)))
                try CheckpointFile.write(contents, to: folder + "/f.h5")
                let message = Self.refusal { _ = try GeneratorFile(folder + "/f.h5") } ?? ""
                #expect(message.contains(part) && message.contains("f.h5"), "\(message)")
                try FileManager.default.removeItem(atPath: folder + "/f.h5")
            }
        }
    }

    /// Standing statistics would need conditions that the file does not have.
    @Test func standingStatisticsNeedTheDataSet() throws {
        let sagan = Small.selfAttention.filter { !$0.hasPrefix("data.labels") } + ["data.condition=vector"]
        try Self.inFolder(sagan) { _, checkpoint in
            let message = Self.refusal {
                let file = try GeneratorFile(checkpoint)
                _ = try file.takeStandingStatistics(batches: 1, available: 0) {
                    BatchSums(LoopbackCommunicator(), microbatches: $0)
                }
            }
            #expect(message?.contains("conditioned on numbers") == true)
        }
    }
}
