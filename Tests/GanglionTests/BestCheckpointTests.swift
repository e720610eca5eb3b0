import Foundation
import Storage
import TestSupport
import Testing

extension EndToEnd {
    /// Metrics of features in a run, and the best checkpoint by one of them.
    @Suite struct BestCheckpoints {
        private static let options =
            TestRun.tiny + ["--batch", "16"]
            + TestRun.sets(
                "metrics.names=fid,pr", "metrics.images=64", "metrics.every_kimg=0.016", "metrics.best=fid",
                "checkpoint.every_kimg=0.032", "checkpoint.keep=1")

        @Test func areTheSameOnAnyRanksAndAfterAKill() throws {
            let scratch = try Scratch()
            let data = try scratch.shapes(count: 400, resolution: 16)
            func run(_ name: String) -> TestRun {
                TestRun(data: data, folder: scratch(name), options: Self.options)
            }
            // Without features there is nothing to look with.
            let none = try run("none").train(images: 16)
            expect(
                none, status: 66,
                says: "metrics.names has fid,pr: found no metrics.features, and no features.h5 in \(data)",
                "ganglion features train --data \(data)")
            #expect(!FileManager.default.fileExists(atPath: scratch("none")))
            expect(
                try Program.run([
                    "features", "train", "--data", data, "--batch", "32", "--kimg", "0.64", "--threads", "1",
                ]),
                status: 0)

            let whole = run("whole")
            try whole.finish(images: 96)
            let expected = try whole.results("metrics.jsonl") as [NSDictionary]
            #expect(expected.map { $0["images"] as? Int } == [16, 32, 48, 64, 80, 96])
            let values = try expected.map { try #require($0["fid/classifier"] as? Double) }
            #expect(Set(values).count == 6)
            let least = try #require(values.indices.min { values[$0] < values[$1] })
            let best = "000000\(16 * (least + 1)).h5"
            #expect(whole.checkpoints.bestName() == best)
            #expect(Set(try whole.checkpoints.list()) == [best, "00000096.h5"])
            for ranks in [2, 4] {
                let other = run("on\(ranks)")
                try other.finish(images: 96, ranks: ranks)
                #expect(try other.results("metrics.jsonl") as [NSDictionary] == expected, "\(ranks) ranks")
                #expect(try differences(whole.contents(96), other.contents(96)) == [], "\(ranks) ranks")
                #expect(other.checkpoints.bestName() == best)
            }

            // Killed at any moment, gone on with: the same in the end.
            let killed = run("killed")
            let job = try killed.start(images: 96)
            #expect(try killed.hasCheckpoint(of: job))
            kill(job.pid, SIGKILL)
            _ = job.wait(seconds: 400)
            // As where the kill came between a checkpoint and the file that names the best one.
            try killed.checkpoints.setBest(nil)
            try killed.finish(images: 96, ranks: 2)
            #expect(try killed.results("metrics.jsonl") as [NSDictionary] == expected)
            #expect(try differences(whole.contents(96), killed.contents(96)) == [])
            #expect(killed.checkpoints.bestName() == best)
            let sample = try Program.run([
                "sample", killed.folder + "/checkpoints/best", "--out", scratch("best.png"), "--count", "4",
            ])
            expect(sample, status: 0, says: "the best checkpoint of its run is \(killed.folder)/checkpoints/\(best)")
        }

        @Test func featuresOfOtherDataAreRefused() throws {
            let scratch = try Scratch()
            let (data, other) = (
                try scratch.shapes(count: 100, resolution: 16),
                try scratch.shapes("other", count: 100, resolution: 16, seed: 1)
            )
            let learn = ["features", "train", "--batch", "16", "--kimg", "0.032", "--threads", "1", "--data"]
            expect(try Program.run(learn + [other]), status: 0)
            let features = other + "/features.h5"
            let run = TestRun(
                data: data, folder: scratch("run"),
                options: Self.options + TestRun.sets("metrics.features=\(features)", "metrics.images=16"))
            expect(
                try run.train(images: 16), status: 65, says: "\(features): its features were learned from data set",
                "metrics.any_features=true")
            #expect(!FileManager.default.fileExists(atPath: run.folder))
            expect(try run.train(images: 16, "--set", "metrics.any_features=true"), status: 0)
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: features))
            expect(try run.train(images: 32, ranks: 2), status: 65, says: features)
            let few = TestRun.sets(
                "metrics.images=5", "metrics.names=dc", "metrics.best=none", "metrics.features=\(features)")
            expect(try Program.run(learn + [other, "--force"]), status: 0)
            let small = TestRun(data: data, folder: scratch("few"), options: Self.options + few)
            expect(
                try small.train(images: 16, "--set", "metrics.any_features=true"), status: 78,
                says: "metrics.images is 5, but dc is defined for 6 or more")
        }
    }
}
