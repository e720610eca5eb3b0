import Configuration
import Failure
import Foundation
import Reporting
import State
import Storage
import TestSupport
import Testing

/// The best checkpoint of a run, and patience, through the loop.
@Suite struct BestCheckpointRunTests {
    private static let measured = [
        "metrics.names=swd,msssim", "metrics.images=8", "metrics.every_kimg=0.008", "metrics.best=swd",
        "checkpoint.keep=1", "checkpoint.every_kimg=0.04",
    ]

    private func best(_ folder: RunScene, _ name: String) throws -> (file: String?, stored: BestScore?) {
        let checkpoints = CheckpointFolder(folder.run(name).checkpoints)
        let newest = try #require(try checkpoints.openNewestUsable())
        return (checkpoints.bestName(), try TrainingCounters(newest.contents, path: newest.path).best)
    }

    /// It stays beside the newest, on any number of ranks; and a file that tells another story, as after a run that was
    /// killed, is set right by the next start.
    @Test func theBestCheckpointIsKept() throws {
        try inScene { folder in
            let options = ["kimg=0.096"] + Self.measured
            _ = try folder.train("a", options)
            let lines = try String(contentsOfFile: folder.run("a").metrics, encoding: .utf8).split(separator: "\n")
            let values = try lines.map { line -> (images: Int, swd: Double) in
                let fields = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                return (
                    try #require(fields["images"] as? Int), try #require(fields["swd/average"] as? Double)
                )
            }
            #expect(values.map(\.images) == Array(stride(from: 8, through: 96, by: 8)))
            let least = try #require(values.min { $0.swd < $1.swd })
            let found = try best(folder, "a")
            #expect(
                found.stored
                    == BestScore(
                        key: "swd", value: least.swd, measure: "8 images", imagesShown: least.images))
            #expect(found.file == RunFolder.checkpointName(least.images))
            let checkpoints = CheckpointFolder(folder.run("a").checkpoints)
            let kept = Set([RunFolder.checkpointName(least.images), "00000096.h5"])
            #expect(Set(try checkpoints.list()) == kept)
            _ = try folder.train("b", options, ranks: 2)
            #expect(try best(folder, "b") == found)

            // As it is after a kill, and after a run that was taken back.
            for name in [nil, "00000096.h5"] {
                try checkpoints.setBest(name)
                _ = try folder.train("a", options)
                #expect(try best(folder, "a") == found)
            }
            try FileManager.default.removeItem(atPath: folder.run("a").checkpoint(least.images))
            if least.images != 96 {
                _ = try folder.train("a", options)
                #expect(checkpoints.bestName() == nil)
                let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
                #expect(log.contains("has no checkpoint any more: "))
            }
        }
    }

    /// A folder's own checkpoint of the same number is another run's, once the run goes on from elsewhere.
    @Test func theBestOfAnotherLineIsNotTaken() throws {
        try inScene { folder in
            let options = Self.measured + ["metrics.every_kimg=0.048"]
            for name in ["a", "b"] { _ = try folder.train(name, options + ["kimg=0.048"]) }
            #expect(try best(folder, "b").file == "00000048.h5")
            _ = try folder.train(
                "b", options + ["kimg=0.056"], start: .resume(folder.run("a").checkpoint(48)))
            let found = try best(folder, "b")
            #expect(found.file == nil && found.stored?.imagesShown == 48)
        }
    }

    @Test func aRunWithoutBetterValuesEnds() throws {
        try inScene { folder in
            // Rates at which nothing is learnt: the first value stays the best.
            let options =
                Self.measured + [
                    "metrics.patience_kimg=0.024", "kimg=0.4", "optimizer.g_lr=1e-30", "optimizer.d_lr=1e-30",
                ]
            #expect(try folder.train("a", options) == [ExitCode.done])
            let found = try best(folder, "a")
            let stored = try #require(found.stored)
            let end = stored.imagesShown + 24
            #expect(try folder.newest("a").isEmpty == false)
            #expect(CheckpointFolder(folder.run("a").checkpoints).latestName() == RunFolder.checkpointName(end))
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains("done: no better swd is ") && log.contains("\(end) images shown"))
            let told = try String(contentsOfFile: folder.run("a").ending, encoding: .utf8)
            #expect(told.contains(#""exit_code": 0, "images": \#(end), "images_asked": 400"#), "\(told)")
            // The same command again finds it ended; from a checkpoint before, on other ranks, it ends at the same step.
            #expect(try folder.train("a", options) == [ExitCode.done])
            #expect(CheckpointFolder(folder.run("a").checkpoints).latestName() == RunFolder.checkpointName(end))
            let whole = try folder.newest("a")
            _ = try folder.train("b", options + ["kimg=\(Double(stored.imagesShown) / 1000)"])
            _ = try folder.train("b", options, ranks: 2)
            #expect(try folder.newest("b") == whole)
            #expect(try best(folder, "b") == found)
        }
    }

    @Test(arguments: [("msssim", "neither a small nor a large"), ("msssim/a", "neither a small nor a large")])
    func whatCannotBeTheBest(name: String, says: String) throws {
        try inScene { folder in
            let error = thrown(ConfigurationError.self) {
                try folder.train("a", ["metrics.names=msssim", "metrics.images=8", "metrics.best=\(name)"])
            }
            #expect(error.map { "\($0)".contains(says) } == true)
            #expect(error?.exitCode == 78)
        }
    }

    @Test func aBestThatIsNotMeasuredIsTold() throws {
        try inScene { folder in
            _ = try folder.train("a", Self.measured + ["metrics.best=swd/512", "kimg=0.008"])
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains("metrics.best is swd/512, but only this was measured: swd/16, swd/average, msssim"))
        }
    }
}
