import Evaluation
import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion features train`: a file that depends on data, seed and options alone.
    @Suite struct Features {
        private func train(_ arguments: [String], ranks: Int? = nil) throws -> ProcessResult {
            try Program.run(["features", "train", "--threads", "1"] + arguments, ranks: ranks)
        }

        private func bytes(_ path: String) throws -> Data {
            try #require(FileManager.default.contents(atPath: path), "\(path) is missing")
        }

        /// Shapes whose class a network can tell after some hundred images.
        @Test func theSameBitsOnAnyRanks() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 400, resolution: 16)
            let options = ["--data", data, "--batch", "32", "--kimg", "0.64"]
            let dataset = try Dataset(data)
            let alone = try train(options)
            expect(
                alone, status: 0, says: "data: 400 images, 16x16x3, dataset \(dataset.id); 100 are held out",
                "classifier of ", "in batches of 32", "0.6/0.64 kimg", "of 100 held-out images right",
                "\(data)/features.h5: 128 features")
            let expected = try bytes(data + "/features.h5")
            for ranks in [1, 2, 4] {
                let out = scratch("f\(ranks).h5")
                let result = try train(options + ["--out", out], ranks: ranks)
                expect(result, status: 0, says: "held-out images right")
                #expect(result.stdout.ranges(of: "held-out images right").count == 1, "only rank 0 speaks")
                #expect(try bytes(out) == expected, "\(ranks) ranks")
            }
            let threads = try Program.run(
                ["features", "train", "--threads", "3", "--out", scratch("threads.h5")] + options)
            expect(threads, status: 0)
            #expect(try bytes(scratch("threads.h5")) == expected, "three threads")
            let other = try train(options + ["--out", scratch("seed.h5"), "--seed", "1"])
            expect(other, status: 0)
            #expect(try bytes(scratch("seed.h5")) != expected)

            let features = try LearnedFeatures(path: data + "/features.h5")
            #expect(features.datasetID == dataset.id && features.file.imagesShown == 640)
            #expect(features.file.heldOut == 100)
            expect(
                try Program.run(["inspect", data + "/features.h5"]), status: 0, says: "kind = classifier",
                "dataset_id = \(features.datasetID)", "held_out_accuracy = ", "program = ", "widths = [32, 64, 128]",
                features.title, "all checksums agree")
            // The data set is what it was.
            expect(try Program.run(["dataset", "info", data, "--verify"]), status: 0)
        }

        /// Longer than the test of bits: what it has not seen it tells far better than by chance.
        @Test func itLearnsShapes() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 800, resolution: 16)
            expect(try train(["--data", data, "--batch", "32", "--epochs", "10"]), status: 0)
            let file = try LearnedFeatures(path: data + "/features.h5").file
            #expect(file.imagesShown >= 6000 && file.imagesShown < 6032)
            #expect(
                file.accuracy > 2.5 / Double(file.shape.classes), "\(file.accuracy) of \(file.shape.classes) classes")
        }

        @Test func withoutLabelsItLearnsQuarterTurns() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 64, resolution: 16)
            let options = ["--data", data, "--unlabelled", "--batch", "16", "--kimg", "0.064"]
            let alone = try train(options)
            expect(
                alone, status: 0, says: "rotation: quarter turns",
                "of 64 turned held-out images right, 25.0 % by chance")
            let features = try LearnedFeatures(path: data + "/features.h5")
            #expect(features.name == "rotation" && features.file.heldOut == 64 && features.file.classNames.isEmpty)
            expect(try train(options + ["--out", scratch("two.h5")], ranks: 2), status: 0)
            #expect(try bytes(scratch("two.h5")) == bytes(data + "/features.h5"))
        }

        @Test func largeImagesAreReduced() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 32, resolution: 32)
            let result = try train(
                ["--data", data, "--batch", "8", "--kimg", "0.016", "--resolution", "8", "--out", scratch("f.h5")])
            expect(result, status: 0, says: "images are reduced to 8×8")
            #expect(try LearnedFeatures(path: scratch("f.h5")).file.shape.resolution == 8)
        }

        // MARK: What cannot be done

        @Test func aFileThatIsThereStays() throws {
            let scratch = try Scratch()
            let out = scratch("f.h5")
            try Data("mine".utf8).write(to: URL(fileURLWithPath: out))
            let options = ["--data", try scratch.shapes(count: 16), "--batch", "8", "--kimg", "0.008", "--out", out]
            for ranks in [nil, 2] {
                expect(try train(options, ranks: ranks), status: 73, says: "\(out): is there already; --force replaces")
            }
            #expect(try bytes(out) == Data("mine".utf8))
            expect(try train(options + ["--force"]), status: 0)
            #expect(try LearnedFeatures(path: out).file.imagesShown == 8)
            let folder = try scratch.folder("folder")
            expect(
                try train(options + ["--out", folder, "--force"]), status: 73, says: "\(folder): is a folder")
            expect(
                try train(options + ["--out", scratch("nowhere/f.h5")]), status: 73,
                says: "\(scratch("nowhere")) is no folder")
        }

        static let wrong: [([String], Int32, String)] = [
            (["--kimg", "0"], 64, "--kimg 0"), (["--kimg", "nan"], 64, "--kimg nan"),
            (["--kimg", "1", "--epochs", "1"], 64, "exclude each other"), (["--epochs", "-1"], 64, "epochs"),
            (["--epochs", "inf"], 64, "--epochs inf"), (["--batch", "0"], 64, "--batch 0"),
            (["--batch", "12"], 64, "--batch 12: expected a multiple of 8"),
            (["--resolution", "12"], 64, "--resolution 12"), (["--resolution", "512"], 64, "--resolution 512"),
            (["--resolution", "16"], 64, "are 8×8, expected at most that"), (["--threads", "0"], 64, "--threads 0"),
            (["--seed", "-1"], 64, "seed"), (["--data", "/nowhere"], 66, "/nowhere"),
        ]

        @Test(arguments: wrong) func isRefused(arguments: [String], status: Int32, says: String) throws {
            let scratch = try Scratch()
            let data = arguments.contains("--data") ? [] : ["--data", try scratch.shapes(count: 16)]
            let result = try Program.run(["features", "train", "--out", scratch("f.h5")] + data + arguments)
            expect(result, status: status, says: says)
            #expect(!FileManager.default.fileExists(atPath: scratch("f.h5")))
        }

        @Test func dataThatTellsTooLittle() throws {
            let scratch = try Scratch()
            let few = try scratch.shapes("few", count: 8)
            expect(try train(["--data", few]), status: 65, says: few, "holds 8 images, expected 16 or more")
            let small = try scratch.shapes("small", count: 16, resolution: 4)
            expect(try train(["--data", small]), status: 65, says: small, "resolution is 4")
        }

        /// Ranks that were asked for different things do not train past each other.
        @Test func ranksAgree() throws {
            let scratch = try Scratch()
            let options = [
                "features", "train", "--data", try scratch.shapes(), "--out", scratch("f.h5"), "--kimg", "0.064",
            ]
            let result = try Program.run(options, secondRank: options + ["--seed", "3"])
            expect(result, status: 78, says: "'--seed' is '3' on rank 1")
            #expect(!FileManager.default.fileExists(atPath: scratch("f.h5")))
        }

        @Test(arguments: [(nil, SIGINT), (nil, SIGTERM), (2, SIGUSR1)] as [(Int?, Int32)])
        func aSignalEndsItWithoutAFile(ranks: Int?, signal: Int32) throws {
            let scratch = try Scratch()
            let data = try scratch.shapes()
            let job = try Program.start(
                ["features", "train", "--data", data, "--kimg", "100000", "--threads", "1"], ranks: ranks)
            #expect(
                try eventually { job.stdout.contains("in batches of") || ChildProcess.hasEnded(job.pid, seconds: 0) })
            job.send(signal)
            let result = job.wait(seconds: 120)
            expect(result, status: 75, says: "stopped by SIG", "\(data)/features.h5 was not written")
            #expect(!FileManager.default.fileExists(atPath: data + "/features.h5"))
        }
    }
}
