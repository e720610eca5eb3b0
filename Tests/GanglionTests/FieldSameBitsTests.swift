import Foundation
import Recipes
import SmallRuns
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Rectangles of floats, three channels, conditioned on two numbers of which a share is left out: the same bits on any
    /// number of ranks, stopped and resumed; sampled in physical units.
    @Suite struct FieldSameBits {
        private static let images = 24 * 16
        private static let options =
            ["--preset", "quick", "--batch", "16", "--microbatch", "4", "--set", "data.condition=vector"]
            + ["--set", "data.condition_dropout=0.25", "--set", "loss.regression_weight=0.5"]
            + ["--set", "model.padding=periodic", "--set", "data.mirror=true"]
            + ["--set", "cluster.replica_check_steps=7", "--set", "snapshot.grid=4x3"] + TestRun.tinyNetworks

        private static func small(
            _ scratch: Scratch, _ name: String, threads: Int = 1, more: [String] = []
        ) throws -> TestRun {
            try run(scratch, name, options + ["--threads", "\(threads)"] + more)
        }

        private static func run(_ scratch: Scratch, _ name: String, _ options: [String]) throws -> TestRun {
            let data = scratch("fields")
            if !FileManager.default.fileExists(atPath: data) { try SmallFields.write(to: data, count: 96) }
            return TestRun(data: data, folder: scratch(name), options: options)
        }

        /// One process with one thread, never interrupted.
        private static let reference = Result {
            let scratch = try Scratch()
            let run = try small(scratch, "alone")
            try run.finish(images: images)
            return try SameBits.Outcome(run, images: images)
        }

        @Test func checkpointsSayWhatTheSamplesAre() throws {
            let contents = try Self.reference.get().contents
            #expect(contents.attribute(SampleAttributes.sample) == .string(SmallFields.format.json))
            #expect(contents.attribute(SampleAttributes.vector) == .string(SmallFields.vector.json))
            #expect(contents.arrays.allSatisfy { $0.values.allSatisfy(\.isFinite) })
        }

        @Test(arguments: [1, 2, 4]) func onRanks(ranks: Int) throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "ranks", threads: ranks == 2 ? 2 : 1)
            try run.finish(images: Self.images, ranks: ranks)
            try compare(run)
        }

        @Test func stoppedOnFourRanksAndResumedOnTwo() throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "stopped")
            try run.finishInHalves(images: Self.images)
            try compare(run)
        }

        @Test func otherFamiliesHaveTheSameBits() throws {
            let families = [
                [
                    "--preset", "quick-pggan", "--set", "growing.training_kimg=0.032", "--set",
                    "growing.transition_kimg=0.032", "--set", "growing.minibatch=", "--set", "growing.microbatch=",
                ],
                ["--preset", "quick-sagan", "--set", "model.mbstd_group=1"],
            ]
            for family in families {
                let scratch = try Scratch()
                let options =
                    family + ["--batch", "16", "--microbatch", "4", "--threads", "1"]
                    + ["--set", "data.condition=vector", "--set", "snapshot.grid=2x2"] + Self.narrow
                let alone = try Self.run(scratch, "alone", options)
                try alone.finish(images: 320)
                let spread = try Self.run(scratch, "spread", options)
                try spread.finish(images: 320, ranks: 4)
                try SameBits.Outcome(alone, images: 320).expectSame(spread, images: 320, "\(family)")
            }
        }

        private static let narrow = ["model.channel_base=256", "model.channel_max=32", "model.z_dim=16"]
            .flatMap { ["--set", $0] }

        @Test func samplesInPhysicalUnits() throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "run")
            try run.finish(images: 32)
            let h5 = try Program.run(
                ["sample", run.folder, "--out", scratch("a.h5"), "--count", "3", "--condition", "-0.5,30"])
            expect(h5, status: 0, says: "3 fields of 24×16 in", "condition: energy = -0.5 GeV, angle = 30 degree")
            let file = try HDF5File(reading: scratch("a.h5"))
            #expect(try file.dataset("samples").shape == [3, 24, 16, 3])
            #expect(try file.dataset("conditions").shape == [3, 2])
            try "energy,angle\n1,10\n2,20\n".write(toFile: scratch("asked.csv"), atomically: true, encoding: .utf8)
            let nc = try Program.run(
                ["sample", run.folder, "--out", scratch("a.nc"), "--conditions", scratch("asked.csv")])
            expect(nc, status: 0, says: "2 fields of 24×16", "conditions: energy [GeV], angle [degree] of")
            #expect(try HDF5File(reading: scratch("a.nc")).dataset("rain").shape == [2, 24, 16])
            let png = try Program.run(["sample", run.folder, "--out", scratch("a.png"), "--grid", "2x2"])
            expect(png, status: 0, says: "4 fields of 24×16", "the middle of the data set; --condition has others")
            let wrong = try Program.run(["sample", run.folder, "--out", scratch("b.h5"), "--condition", "1"])
            expect(wrong, status: 64, says: "--condition 1: 1 number, but 2 condition the generator: energy [GeV]")
            let inspected = try Program.run(["inspect", run.folder])
            expect(
                inspected, status: 0, says: "sample_format = float32 fields of 24×16",
                "wind [m/s]: (x - 3.0) / 5.0", "vector_format = 2 numbers", "energy [GeV]: (log(1 + x) - 1.0) / 0.5")
        }

        @Test func whatDoesNotGoTogetherIsRefused() throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "run")
            try run.finish(images: 32)
            // Another data set of the same sizes.
            try SmallFields.write(to: scratch("other"), count: 96, seed: 9)
            let other = TestRun(data: scratch("other"), folder: run.folder, options: run.options)
            expect(try other.train(images: 64), status: 78, says: "was trained on the data set")
            try SmallFields.write(to: scratch("plain"), count: 96, vector: nil)
            let plain = TestRun(data: scratch("plain"), folder: scratch("none"), options: run.options)
            expect(
                try plain.train(images: 64), status: 78,
                says: "data.condition is vector, but the data set has no numbers beside its samples")
            let odd = SampleFormat(element: .float32, height: 50, width: 50, channels: [.init(name: "x")])
            try SmallFields.write(to: scratch("odd"), count: 8, format: odd)
            let size = TestRun(data: scratch("odd"), folder: scratch("none"), options: run.options)
            expect(
                try size.train(images: 64), status: 78, says: "data.path: the samples are 50×50",
                "The nearest size that works is 48×48 (6×6, doubled 3 times)")
            expect(
                try run.train(images: 64, ranks: nil, "--set", "augment.mode=ada"), status: 78,
                says: "augment.pipeline is bgc, which changes colours")
            #expect(!FileManager.default.fileExists(atPath: scratch("none") + "/checkpoints"))
        }

        @Test func aDryRunTellsTheSamples() throws {
            let scratch = try Scratch()
            let run = try Self.small(scratch, "run")
            let told = try run.train(images: 32, ranks: nil, "--dry-run")
            expect(
                told, status: 0, says: "Samples: float32 fields of 24×16, channels wind [m/s], rain [mm], snow/depth",
                "networks make 24×16 from 6×4, doubled 2 times", "resolutions are nominal")
        }

        private func compare(_ run: TestRun, location: SourceLocation = #_sourceLocation) throws {
            try Self.reference.get().expectSame(run, images: Self.images, location: location)
        }
    }
}
