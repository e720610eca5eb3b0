import Failure
import Foundation
import Storage
import TestSupport
import Testing

extension OneProcess {
    /// Fields, from the command line to the dataset.
    @Suite struct FieldSources {
        private let golden =
            ProcessInfo.processInfo.environment["GANGLION_GOLDEN"] ?? Repository.path + "/Tests/Golden"

        @Test func showersWithTheirEnergies() throws {
            let scratch = try Scratch()
            let result = try Program.run([
                "dataset", "import", golden + "/fields/showers.h5", "--key", "showers", "--shape", "16x12",
                "--condition",
                "incident_energies", "--transform", "log1p,incident_energies=log1p", "--unit", "showers=MeV", "--out",
                scratch("out"),
            ])
            expect(
                result, status: 0, says: "HDF5, showers float64 [6, 192]", "6 samples, 16x12x1 float32",
                "conditioned on 1 number,", "incident_energies (condition)", "log1p", "MeV", "0.1 %")
            let dataset = try Dataset(scratch("out"))
            #expect(dataset.description.format.channels[0].unit == "MeV")
            #expect(try dataset.read(rows: [5]).vectors == [32])
            expect(try Program.run(["dataset", "info", scratch("out"), "--verify"]), status: 0)
        }

        @Test func weatherInPieces() throws {
            let scratch = try Scratch()
            let (first, second) = (golden + "/fields/weather.nc", golden + "/fields/weather_missing.nc")
            let arguments = [
                "dataset", "import", first, second, "--key", "t2m,rain", "--crop", "8", "--stride", "4", "--out",
                scratch("out"),
            ]
            let refused = try Program.run(arguments)
            expect(refused, status: ExitCode.badData, says: "2 values are missing", "--missing VALUE", second)
            #expect(!FileManager.default.fileExists(atPath: scratch("out") + "/shard-00000.h5"))
            let result = try Program.run(arguments + ["--missing", "250", "--scale", "meanstd"])
            expect(result, status: 0, says: "2 sources", "12 samples, 8x8x2 float32", "filled: 2 values", "K", "mm")
            #expect(try Dataset(scratch("out")).count == 12)
        }

        @Test func wrongKeysAndOptions() throws {
            let scratch = try Scratch()
            func refuse(_ arguments: [String], status: Int32, _ texts: String...) throws {
                let result = try Program.run(["dataset", "import", "--out", scratch("out")] + arguments)
                expect(result, status: status)
                for text in texts { #expect(result.stderr.contains(text), "\(result.stderr)") }
                #expect(!FileManager.default.fileExists(atPath: scratch("out")))
            }
            let showers = golden + "/fields/showers.h5"
            try refuse(
                [showers, "--key", "shower"], status: ExitCode.usage, "holds no array of that name",
                "showers: float64 [6, 192]", "incident_energies: float64 [6, 1]")
            try refuse([showers, "--stride", "4"], status: ExitCode.usage, "--crop N")
            try refuse([showers, "--missing", "none"], status: ExitCode.usage, "expected refuse or a number")
            try refuse([showers, "--transform", "log"], status: ExitCode.usage, "asinh:SCALE")
            try refuse([showers, "--crop", "0"], status: ExitCode.usage, "--crop")
            try refuse([showers, "--shape", "16"], status: ExitCode.usage, "HxW or CxHxW")
            try refuse([golden + "/fields/classic.nc"], status: ExitCode.badData, "nccopy -k nc4")
        }

        @Test func lognormalFields() throws {
            let scratch = try Scratch()
            let arguments = ["dataset", "synthesize", "--kind", "lognormal", "--count", "6", "--size", "8x16"]
            for name in ["one", "two"] {
                let result = try Program.run(arguments + ["--out", scratch(name), "--seed", "3"])
                expect(result, status: 0, says: "6 fields, 8x16x2 float32", "truth.json", "density 1", "log1p")
            }
            #expect(contents(of: scratch("one")) == contents(of: scratch("two")))
            #expect(try LognormalTruth.read(in: scratch("one"))?.k.count == 8)
            expect(
                try Program.run(["dataset", "synthesize", "--out", scratch("three"), "--slope", "2"]),
                status: ExitCode.usage, says: "--slope is of --kind lognormal")
            expect(
                try Program.run(arguments + ["--out", scratch("three"), "--channels", "9"]), status: ExitCode.usage,
                says: "--channels 9")
        }
    }
}
