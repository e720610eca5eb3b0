import Cluster
import Configuration
import Failure
import Foundation
import Kernels
import Reporting
import Session
import State
import Storage
import TestSupport
import SmallRuns
import Testing
import Training

/// The loop, on ranks that are threads, with a data set and a run folder on disk.
@Suite struct TrainingRunTests {
    private struct Folder {
        let path: String
        var data: String { path + "/data" }

        init(_ path: String) throws {
            self.path = path
            _ = try DatasetSynthesizer(seed: 1, resolution: 16, channels: 3).run(to: data, count: 24, shards: 2)
        }

        func run(_ name: String) -> RunFolder { RunFolder(path + "/" + name) }

        /// Trains and returns each rank's exit code.
        ///
        /// - Parameters:
        ///   - prepare: takes each rank's engine before the first step.
        ///   - clock: makes each rank's clock.
        func train(
            _ name: String, _ overrides: [String], ranks: Int = 1, start: RunStart = .auto,
            launch: String? = nil,
            prepare: @escaping @Sendable (StepEngine, Int) -> Void = { _, _ in },
            clock: @escaping @Sendable (Int) -> (() -> Double)? = { _ in nil }
        ) throws -> [Int32] {
            try LoopbackGroup(size: ranks).run { member in
                let dataset = try Dataset(data)
                let configuration = try Configuration.load(
                    overrides: Small.overrides + ["snapshot.grid=3x2", "checkpoint.every_kimg=0.016"] + overrides
                ).resolve(
                    resolution: 16, channels: 3, classes: dataset.description.classes, ranks: ranks, coresPerRank: 1)
                let run = try TrainingRun(
                    configuration, dataset: dataset, run: run(name).path, start: start, launch: launch,
                    communicator: member, console: Console(isTerminal: false) { _ in }, now: clock(member.rank))
                prepare(run.engine, member.rank)
                return try run.run()
            }
        }

        /// The arrays of a run's newest checkpoint.
        func newest(_ name: String) throws -> [String: [Float]] {
            let choice = try #require(try CheckpointFolder(run(name).checkpoints).openNewestUsable())
            return Dictionary(uniqueKeysWithValues: choice.contents.arrays.map { ($0.path, $0.values) })
        }

        func stats(_ name: String) throws -> [[String: Any]] {
            try String(contentsOfFile: run(name).stats, encoding: .utf8).split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }
    }

    private func inFolder(_ body: (Folder) throws -> Void) throws {
        try withTemporaryFolder { try body(try Folder($0)) }
    }

    @Test func aRunLeavesWhatItPromises() throws {
        try inFolder { folder in
            #expect(try folder.train("a", ["kimg=0.04", "snapshot.every_kimg=0.02"], ranks: 2) == [0, 0])
            let run = folder.run("a")
            for path in [run.configuration, run.log, run.stats, run.reals, run.latest] {
                #expect(FileManager.default.fileExists(atPath: path), "\(path)")
            }
            let sheets = try FileManager.default.contentsOfDirectory(atPath: run.images).sorted()
            #expect(sheets == ["fakes-00000000.png", "fakes-00000024.png", "fakes-00000040.png", "reals.png"])
            #expect(
                try CheckpointFolder(run.checkpoints).list() == ["00000040.h5", "00000032.h5", "00000016.h5"])
            let lines = try folder.stats("a")
            #expect(lines.count == 1)
            #expect(lines[0]["step"] as? Int == 5 && lines[0]["images"] as? Int == 40)
            for name in ["loss/generator", "loss/ggdr", "r1_penalty", "path_length", "seconds/gmain", "memory_bytes"] {
                #expect(lines[0][name] is NSNumber, "\(name)")
            }
            let text = try String(contentsOfFile: run.configuration, encoding: .utf8)
            #expect(try Configuration.parse(yaml: text).kimg == 0.04)
        }
    }

    @Test(arguments: [[String](), ["data.labels=true", "data.mirror=true"]])
    func ranksAndStopsDoNotMatter(_ overrides: [String]) throws {
        try inFolder { folder in
            #expect(try folder.train("whole", ["kimg=0.064"] + overrides) == [0])
            let expected = try folder.newest("whole")
            #expect(try folder.train("four", ["kimg=0.064"] + overrides, ranks: 4) == [0, 0, 0, 0])
            #expect(try folder.newest("four") == expected)
            for (kimg, ranks) in [(0.024, 4), (0.04, 1), (0.064, 2)] {
                _ = try folder.train("parts", ["kimg=\(kimg)"] + overrides, ranks: ranks)
            }
            #expect(try folder.newest("parts") == expected)
            // One line for each run that ended, each continuing the one before.
            #expect(try folder.stats("parts").compactMap { $0["step"] as? Int } == [3, 5, 8])
        }
    }

    /// Rank 0's clock says when, whatever another's says, and the result is that of a run without one.
    @Test(arguments: [1, 2]) func checkpointsByTheClockChangeNoBits(ranks: Int) throws {
        try inFolder { folder in
            let common = ["kimg=0.064", "checkpoint.every_kimg=0.04", "checkpoint.keep=100", "loss.pl_interval=2"]
            #expect(try folder.train("plain", common).allSatisfy { $0 == 0 })
            let codes = try folder.train(
                "timed", common + ["checkpoint.every_minutes=1"], ranks: ranks,
                clock: { rank in
                    var seconds = 0.0
                    return {
                        // Half a minute at each look.
                        seconds += rank == 0 ? 30 : 1e6
                        return seconds
                    }
                })
            #expect(codes.allSatisfy { $0 == 0 })
            func names(_ run: String) throws -> [String] {
                try CheckpointFolder(folder.run(run).checkpoints).list().reversed()
            }
            #expect(try names("plain") == ["00000040.h5", "00000064.h5"])
            // A look at each plan, and one at each that saves.
            #expect(
                try names("timed") == ["00000016.h5", "00000032.h5", "00000040.h5", "00000056.h5", "00000064.h5"])
            #expect(try folder.newest("timed") == folder.newest("plain"))
            for name in try names("timed") {
                let log = try String(contentsOfFile: folder.run("timed").log, encoding: .utf8)
                let path = folder.run("timed").checkpoints + "/" + name
                let line = try #require(log.split(separator: "\n").first { $0.contains(" info checkpoint \(path), ") })
                #expect(try line.contains(Regex(", [0-9.]+ [kM]B, [0-9]+\\.[0-9]{2} s$")), "\(line)")
            }
        }
    }

    @Test func aFinishedRunIsLeftAsItIs() throws {
        try inFolder { folder in
            _ = try folder.train("a", ["kimg=0.016"])
            let expected = try folder.newest("a")
            #expect(try folder.train("a", ["kimg=0.016"], ranks: 2) == [0, 0])
            #expect(try folder.newest("a") == expected)
        }
    }

    /// A launcher's proof: written last, by whom it was asked of, and gone as soon as another start has begun.
    @Test func anEndingIsToldAndAnOldOneForgotten() throws {
        try inFolder { folder in
            let run = folder.run("a")
            func ending() throws -> String { try String(contentsOfFile: run.ending, encoding: .utf8) }
            #expect(try folder.train("a", ["kimg=0.016"], ranks: 2, launch: "first") == [0, 0])
            let done = #"{"launch": "first", "exit_code": 0, "images": 16, "images_asked": 16, "#
            #expect(try ending() == done + #""checkpoint": "00000016.h5"}"# + "\n")
            // Where it stands already is done as well.
            #expect(try folder.train("a", ["kimg=0.016"], launch: "second") == [0])
            #expect(try ending() == done.replacing("first", with: "second") + #""checkpoint": "00000016.h5"}"# + "\n")
            // The run has begun, and is not done.
            _ = try folder.train("a", ["kimg=0.032"], launch: "third") { _, _ in
                #expect(!FileManager.default.fileExists(atPath: run.ending))
            }
            let third = try ending()
            #expect(third.hasPrefix(#"{"launch": "third", "exit_code": 0, "images": 32, "images_asked": 32"#))
            // An error is told, too.
            #expect(throws: (any Error).self) {
                try folder.train("a", ["kimg=0.048"], launch: "fourth") { engine, _ in
                    Elementwise.fill(engine.networks.d.values, with: .nan)
                    engine.networks.d.didChange()
                }
            }
            let fourth = try ending()
            #expect(fourth.hasPrefix(#"{"launch": "fourth", "exit_code": 70, "images": "#), "\(fourth)")
        }
    }

    @Test func aDamagedCheckpointGivesWayToTheOneBefore() throws {
        try inFolder { folder in
            _ = try folder.train("a", ["kimg=0.032"])
            let expected = try folder.newest("a")
            let newest = URL(fileURLWithPath: folder.run("a").checkpoint(32))
            var bytes = try Data(contentsOf: newest)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: newest)
            #expect(try folder.train("a", ["kimg=0.032"], ranks: 2) == [0, 0])
            #expect(try folder.newest("a") == expected)
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains("not used: \(newest.path)") && log.contains("resumed from"))
        }
    }

    @Test func aFreshStartDoesNotReplaceARun() throws {
        try inFolder { folder in
            _ = try folder.train("a", ["kimg=0.016"])
            let expected = try folder.newest("a")
            for start in [RunStart.fresh, .transfer(folder.run("a").checkpoint(16))] {
                #expect(throws: StateError.self) { try folder.train("a", ["kimg=0.016"], start: start) }
            }
            #expect(try folder.newest("a") == expected)
            #expect(try folder.train("b", ["kimg=0.008"], start: .transfer(folder.run("a").checkpoint(16))) == [0])
        }
    }

    private func fault(_ body: () throws -> Void) -> String {
        do {
            try body()
        } catch let error as TrainingFault {
            return "\(error)"
        } catch {
            Issue.record("\(error)")
        }
        return ""
    }

    /// A network that has overflowed ends the run on all ranks, and leaves what was saved as it is.
    @Test(arguments: [1, 2]) func whatIsNoNumberEndsTheRun(ranks: Int) throws {
        try inFolder { folder in
            _ = try folder.train("a", ["kimg=0.032"])
            let checkpoints = CheckpointFolder(folder.run("a").checkpoints)
            let (names, expected) = (try checkpoints.list(), try folder.newest("a"))
            let message = fault {
                _ = try folder.train("a", ["kimg=0.064", "checkpoint.every_kimg=0.008"], ranks: ranks) { engine, _ in
                    Elementwise.fill(engine.networks.d.values, with: .nan)
                    engine.networks.d.didChange()
                }
            }
            for text in [
                "step 4, phase gmain, after 32 images", "loss/generator is nan", "--resume auto",
                "the newest sound checkpoint is \(folder.run("a").checkpoint(32))",
            ] {
                #expect(message.contains(text), "\(message)")
            }
            #expect(try checkpoints.list() == names)
            #expect(try folder.newest("a") == expected)
            // Among threads, a rank that leaves first may wake rank 0 before it has written its line.
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains(ranks == 1 ? "error training is no longer numbers" : "training is no longer numbers"))
            #expect(try folder.train("a", ["kimg=0.064"]) == [0])
        }
    }

    /// As where one rank's memory fails: what the others compute is sound, and they end with it all the same. The last
    /// step counts too.
    @Test(arguments: [0.008, 0.024]) func whatOneRankAloneHasMetEndsAllOfThem(kimg: Double) throws {
        try inFolder { folder in
            let message = fault {
                _ = try folder.train("a", ["kimg=\(kimg)", "ema.ramp=none"], ranks: 4) { engine, rank in
                    if rank == 2 { Elementwise.fill(engine.networks.average.values, with: .infinity) }
                }
            }
            #expect(message.hasPrefix("replicas have diverged: rank 2 has met what is not finite"), "\(message)")
        }
    }

    /// Parameters are finite, images are not: metrics are measured to the end on all ranks, and the sheet tells.
    @Test(arguments: [1, 2]) func aSheetThatIsNoImageEndsTheRun(ranks: Int) throws {
        try inFolder { folder in
            let metrics = [
                "metrics.names=msssim", "metrics.images=8", "snapshot.every_kimg=0.008", "model.clamp=none",
            ]
            _ = try folder.train("a", ["kimg=0.016"])
            let message = fault {
                _ = try folder.train("a", ["kimg=0.032"] + metrics, ranks: ranks) { engine, _ in
                    let average = engine.networks.average
                    if let constant = average.entry(named: "synthesis.b4.const") {
                        Elementwise.fill(average.view(constant), with: .greatestFiniteMagnitude)
                    }
                }
            }
            #expect(message.contains("of the sheet of samples"), "\(message)")
            #expect(try CheckpointFolder(folder.run("a").checkpoints).list() == ["00000016.h5"])
        }
    }

    private static let measured = [
        "metrics.names=swd,msssim", "metrics.images=8", "metrics.every_kimg=0.008", "metrics.best=swd",
        "checkpoint.keep=1", "checkpoint.every_kimg=0.04",
    ]

    private func best(_ folder: Folder, _ name: String) throws -> (file: String?, stored: BestScore?) {
        let checkpoints = CheckpointFolder(folder.run(name).checkpoints)
        let newest = try #require(try checkpoints.openNewestUsable())
        return (checkpoints.bestName(), try TrainingCounters(newest.contents, path: newest.path).best)
    }

    /// It stays beside the newest, on any number of ranks; and a file that tells another story, as after a run that was
    /// killed, is set right by the next start.
    @Test func theBestCheckpointIsKept() throws {
        try inFolder { folder in
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
        try inFolder { folder in
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
        try inFolder { folder in
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
        try inFolder { folder in
            let error = thrown(ConfigurationError.self) {
                try folder.train("a", ["metrics.names=msssim", "metrics.images=8", "metrics.best=\(name)"])
            }
            #expect(error.map { "\($0)".contains(says) } == true)
            #expect(error?.exitCode == 78)
        }
    }

    @Test func aBestThatIsNotMeasuredIsTold() throws {
        try inFolder { folder in
            _ = try folder.train("a", Self.measured + ["metrics.best=swd/512", "kimg=0.008"])
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains("metrics.best is swd/512, but only this was measured: swd/16, swd/average, msssim"))
        }
    }

    @Test func anotherDataSetIsRefusedOnAllRanks() throws {
        try inFolder { folder in
            _ = try folder.train("a", ["kimg=0.016"])
            try FileManager.default.removeItem(atPath: folder.data)
            _ = try DatasetSynthesizer(seed: 2, resolution: 16, channels: 3).run(to: folder.data, count: 24)
            #expect(throws: StateError.self) { try folder.train("a", ["kimg=0.032"], ranks: 2) }
        }
    }

    @Test func sheetsAreThinned() throws {
        try inFolder { folder in
            let options = ["snapshot.every_kimg=0.008", "snapshot.keep=4"]
            for kimg in [0.04, 0.088, 0.112] { _ = try folder.train("a", ["kimg=\(kimg)"] + options) }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.run("a").images).sorted()
            #expect(names == ["fakes-00000000.png", "fakes-00000064.png", "fakes-00000112.png", "reals.png"])
            // Later ones are of the line that was left: they are not for this one to judge.
            _ = try folder.train(
                "a", ["kimg=0.104"] + options, start: .resume(folder.run("a").checkpoint(88)))
            #expect(try folder.run("a").sheets() == [0, 64, 96, 104, 112])
        }
    }

    @Test func aRunThatHasShownImagesStartsAfreshOnlyWhenAsked() throws {
        try inFolder { folder in
            let run = folder.run("a")
            _ = try folder.train("a", ["kimg=0.04"])
            let stats = try Data(contentsOf: URL(fileURLWithPath: run.stats))
            let loss: [(String, () throws -> Void)] = [
                (
                    "the checkpoints",
                    {
                        for name in try CheckpointFolder(run.checkpoints).list() {
                            try FileManager.default.removeItem(atPath: run.checkpoints + "/" + name)
                        }
                    }
                ),
                ("latest", { try FileManager.default.removeItem(atPath: run.latest) }),
                ("the folder", { try FileManager.default.removeItem(atPath: run.checkpoints) }),
            ]
            for (what, lose) in loss {
                try lose()
                let error = try #require(
                    thrown(CheckpointError.self) { try folder.train("a", ["kimg=0.04"]) }, "\(what)")
                #expect(error.exitCode == 66 && "\(error)".contains("--resume never"), "\(error)")
                #expect(try Data(contentsOf: URL(fileURLWithPath: run.stats)) == stats)
            }
            // Sheets alone tell, too.
            try Data().write(to: URL(fileURLWithPath: run.stats))
            #expect(throws: CheckpointError.self) { try folder.train("a", ["kimg=0.04"]) }
            _ = try folder.train("b", ["kimg=0.016"])
            let networks = folder.run("b").checkpoint(16)
            #expect(throws: CheckpointError.self) {
                try folder.train("a", ["kimg=0.04"], start: .transfer(networks))
            }
            // As advised.
            #expect(try folder.train("a", ["kimg=0.016"], start: .transfer(networks, overRemains: true)) == [0])
            try FileManager.default.removeItem(atPath: run.checkpoints)
            #expect(try folder.train("a", ["kimg=0.04"], start: .fresh) == [0])
            #expect(try folder.stats("a").compactMap { $0["step"] as? Int } == [5])
            let log = try String(contentsOfFile: run.log, encoding: .utf8)
            #expect(log.contains("warning starts afresh, as asked"))
        }
    }
}
