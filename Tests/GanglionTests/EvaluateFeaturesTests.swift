import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// `ganglion evaluate` with metrics that look at features.
    @Suite struct EvaluateFeatures {
        /// A checkpoint of a step, and features of its data.
        private func run(
            _ scratch: Scratch, features: [String] = [], _ options: String...
        ) throws -> TestRun {
            let run = TestRun(
                data: try scratch.shapes(count: 80, resolution: 16), folder: scratch("run"),
                options: TestRun.tiny + options)
            try run.finish(images: 8)
            let trained = try Program.run(
                ["features", "train", "--data", run.data, "--batch", "16", "--kimg", "0.064"] + features)
            expect(trained, status: 0)
            return run
        }

        private func evaluate(_ arguments: [String], ranks: Int? = nil) throws -> ProcessResult {
            try Program.run(["evaluate"] + arguments, ranks: ranks)
        }

        private func withoutSeconds(_ result: ProcessResult) throws -> NSDictionary {
            var found = try evaluation(result)
            let seconds = try #require(found.removeValue(forKey: "seconds") as? [String: Double])
            #expect(Set(seconds.keys) == ["generation", "features", "algebra", "all"])
            #expect(seconds.values.allSatisfy { $0 >= 0 })
            return found as NSDictionary
        }

        private func numbers(_ found: [String: Any], _ metric: String, _ set: String) throws -> [String: Double] {
            try #require((found[metric] as? [String: Any])?[set] as? [String: Double], "\(metric) of \(set): \(found)")
        }

        @Test func theSameFiguresOnAnyRanks() throws {
            let scratch = try Scratch()
            let run = try run(scratch, "--set", "data.labels=true")
            let arguments = [run.checkpoint(8), "--data", run.data, "--images", "80", "--seed", "3", "--json"]
            let alone = try evaluate(arguments + ["--cache", "none"])
            let expected = try withoutSeconds(alone)
            let found = try evaluation(alone)
            #expect((found["features"] as? [String: Any])?["name"] as? String == "classifier")
            let parts = [
                "fid": ["classifier"], "kid": ["classifier"], "is": ["classifier", "classifier/deviation"],
                "pr": ["classifier/precision", "classifier/recall"],
                "dc": ["classifier/density", "classifier/coverage"],
            ]
            for (metric, names) in parts {
                #expect(try Set(numbers(found, metric, "generated").keys) == Set(names))
                #expect(try Set(numbers(found, metric, "real").keys) == Set(names))
            }
            #expect(try numbers(found, "ppl", "generated")["classifier"] ?? 0 > 0)
            #expect((found["ppl"] as? [String: Any])?["real"] == nil, "real images have no latents")
            // A generator that has hardly learned.
            let distances = (try numbers(found, "fid", "generated"), try numbers(found, "fid", "real"))
            #expect(try #require(distances.0["classifier"]) > 2 * #require(distances.1["classifier"]))
            let notes = try #require(found["notes"] as? [String])
            #expect(notes.contains("kid: 100 subsets of all 80 images instead of 1000"), "\(notes)")
            // Kept by two ranks, read by others; and never kept.
            for (ranks, cache) in [(1, "none"), (2, scratch("cache")), (4, scratch("cache")), (2, "none")] {
                let result = try evaluate(arguments + ["--cache", cache], ranks: ranks)
                #expect(try withoutSeconds(result) == expected, "\(ranks) ranks, cache \(cache)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("cache")).count == 1)
            #expect(
                try withoutSeconds(evaluate(arguments + ["--cache", "none", "--threads", "1"])) == expected)
        }

        @Test func aTableForPeople() throws {
            let scratch = try Scratch()
            let run = try run(scratch, features: ["--unlabelled"])
            let arguments = [run.checkpoint(8), "--data", run.data, "--images", "64", "--cache", scratch("cache")]
            let result = try evaluate(arguments)
            expect(
                result, status: 0, says: "features: network that tells quarter turns", "(\(run.data)/features.h5)",
                "SWD ×10³, average", "FID (rotation)", "KID (rotation)", "precision (rotation)", "recall (rotation)",
                "density (rotation)", "coverage (rotation)", "PPL in w (rotation)", "generation, ",
                " features, ", " algebra and reading", "fid: 64 images of a set are fewer than their 128 features")
            #expect(!result.stdout.contains("Inception score"), "it knows no classes")
            // What damages a file of the cache is said, and changes nothing else.
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: scratch("cache")).first)
            try damage(scratch("cache") + "/" + name) { $0[$0.count / 2] ^= 1 }
            let again = try evaluate(arguments)
            expect(again, status: 0, says: "\(name): its checksum does not match", "found anew")
            func rows(_ result: ProcessResult) -> [Substring] {
                result.stdout.split(separator: "\n").filter { $0.contains("(rotation)") }
            }
            #expect(rows(again) == rows(result) && rows(result).count == 7)
            let some = try evaluate(arguments + ["--metrics", "swd"])
            #expect(some.status == 0 && !some.stdout.contains("rotation") && !some.stdout.contains("features"))
            let score = try evaluate(arguments + ["--metrics", "is"])
            expect(score, status: 65, says: "is: needs probabilities of classes, but network that tells quarter turns")
        }

        @Test func featuresOfOtherData() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let other = scratch("other")
            _ = try DatasetSynthesizer(seed: 7, resolution: 16, channels: 3).run(to: other, count: 70)
            let features = run.data + "/features.h5"
            let arguments = [run.checkpoint(8), "--data", other, "--features", features, "--cache", "none"]
            let (trained, found) = (try Dataset(run.data).id, try Dataset(other).id)
            let text = "its features were learned from data set \(trained), but \(other) is \(found)"
            for ranks in [nil, 2] {
                expect(try evaluate(arguments, ranks: ranks), status: 65, says: features, text, "--any-features")
            }
            expect(
                try evaluate(arguments + ["--any-features"]), status: 0, says: text, "FID (classifier)",
                "\(other) holds 70 images")
        }

        @Test func noFeatures() throws {
            let scratch = try Scratch()
            let run = TestRun(
                data: try scratch.shapes(count: 40, resolution: 16), folder: scratch("run"), options: TestRun.tiny)
            try run.finish(images: 8)
            let arguments = [run.checkpoint(8), "--data", run.data, "--cache", "none"]
            for ranks in [nil, 2] {
                expect(
                    try evaluate(arguments + ["--metrics", "fid,swd,kid"], ranks: ranks), status: 66,
                    says: "--metrics fid,kid: found no --features, and no features.h5 in \(run.data)",
                    "ganglion features train --data \(run.data)", "cluster/convert-inception")
            }
            expect(
                try evaluate(arguments + ["--features", scratch("no.h5")], ranks: 2), status: 66, says: scratch("no.h5")
            )
            // Without a file nothing of features is looked for, and nothing is said of it.
            let plain = try evaluate(arguments)
            #expect(plain.status == 0 && !plain.stdout.contains("features"))
            // Files of other kinds.
            let wrong = [
                (run.checkpoint(8), "attribute format is \"ganglion-checkpoint\", expected \"ganglion-features\""),
                (run.data + "/shard-00000.h5", "attribute format is \"ganglion-dataset\""),
            ]
            for (path, text) in wrong {
                expect(try evaluate(arguments + ["--features", path]), status: 65, says: path, text)
            }
            try Data("no HDF5".utf8).write(to: URL(fileURLWithPath: scratch("text.h5")))
            expect(try evaluate(arguments + ["--features", scratch("text.h5")]), status: 65, says: scratch("text.h5"))
            // One that lies beside the data, and that nobody has asked for, is no reason to find nothing.
            let beside = run.data + "/features.h5"
            try Data("no HDF5".utf8).write(to: URL(fileURLWithPath: beside))
            for ranks in [nil, 2] {
                let left = try evaluate(arguments, ranks: ranks)
                expect(left, status: 0, says: beside, "metrics of features are left out", "SWD ×10³, average")
                #expect(try !evaluate(arguments + ["--metrics", "swd"], ranks: ranks).stdout.contains(beside))
                expect(try evaluate(arguments + ["--metrics", "fid"], ranks: ranks), status: 65, says: beside)
            }
        }

        @Test func imagesThatDoNotDo() throws {
            let scratch = try Scratch()
            let run = try run(scratch)
            let arguments = [run.checkpoint(8), "--data", run.data, "--cache", "none"]
            expect(
                try evaluate(arguments + ["--images", "9", "--metrics", "fid,is"], ranks: 2), status: 65,
                says: "is: ", "give 9 images of each set, 9 of each half of the real ones, expected 10 or more of each")
            // Of what was not asked for by name, the rest is found.
            expect(
                try evaluate(arguments + ["--images", "9"]), status: 0,
                says: "expected 10 or more of each; it is left out",
                "precision (classifier)")
            // A network of another size of images.
            let large = try scratch.shapes("large", count: 40, resolution: 32)
            expect(
                try Program.run(["features", "train", "--data", large, "--batch", "16", "--kimg", "0.032"]), status: 0)
            let features = large + "/features.h5"
            expect(
                try evaluate(arguments + ["--features", features, "--any-features", "--metrics", "fid"]), status: 65,
                says: features, "16")
        }
    }
}
