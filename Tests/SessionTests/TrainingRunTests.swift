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
    @Test func aRunLeavesWhatItPromises() throws {
        try inScene { folder in
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

    /// The probability of augmentation stands in each tick's numbers, in the line of progress, and in the checkpoint.
    @Test func aRunTellsWhatAugmentationDoes() throws {
        try inScene { folder in
            let overrides = [
                "kimg=0.064", "augment.mode=ada", "augment.p=0.5", "augment.speed_kimg=1", "loss.lecam_weight=0.1",
            ]
            #expect(try folder.train("a", overrides, ranks: 2) == [0, 0])
            let line = try #require(try folder.stats("a").last)
            let p = try #require(line["augment/p"] as? Double)
            #expect(p != 0.5 && abs(p - 0.5) < 0.07)
            for name in ["augment/sign", "lecam/real", "lecam/fake", "loss/lecam"] {
                #expect(line[name] is NSNumber, "\(name)")
            }
            let log = try String(contentsOfFile: folder.run("a").log, encoding: .utf8)
            #expect(log.contains(" · p 0."), "\(log)")
        }
    }

    @Test(arguments: [[String](), ["data.labels=true", "data.mirror=true"]])
    func ranksAndStopsDoNotMatter(_ overrides: [String]) throws {
        try inScene { folder in
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

    /// Pairs read a batch more than a step shows; where schedules are stands in each tick's numbers.
    @Test func pairsAndSchedulesGoOnAnywhere() throws {
        try inScene { folder in
            let overrides = [
                "loss.kind=relativistic", "loss.r1_interval=1", "data.labels=true", "schedule.kimg=0.05",
                "schedule.g_lr=0.001", "schedule.beta2=0.9", "schedule.r1_gamma=0.5", "augment.mode=fixed",
                "schedule.augment_p=0.5",
            ]
            #expect(try folder.train("whole", ["kimg=0.064"] + overrides) == [0])
            let expected = try folder.newest("whole")
            for (kimg, ranks) in [(0.024, 4), (0.064, 2)] {
                _ = try folder.train("parts", ["kimg=\(kimg)"] + overrides, ranks: ranks)
            }
            #expect(try folder.newest("parts") == expected)
            let lines = try folder.stats("parts")
            #expect(lines.compactMap { $0["images"] as? Int } == [24, 64])
            let (early, late) = (lines[0], lines[1])
            // At the end of the way, and on it: the last of its three steps begins after 16 of 50 images.
            for (name, end) in [
                ("schedule/g_lr", 0.001), ("schedule/beta2", 0.9), ("schedule/r1_gamma", 0.5),
                ("schedule/r2_gamma", 0.5), ("augment/p", 0.5),
            ] {
                #expect(late[name] as? Double == end, "\(name)")
                #expect(early[name] is NSNumber && early[name] as? Double != end, "\(name)")
            }
            for name in ["loss/discriminator", "loss/generator", "r1_penalty", "r2_penalty", "score/real"] {
                #expect(late[name] is NSNumber, "\(name)")
            }
            #expect(
                late["loss/discriminator_fake"] == nil && late["schedule/d_lr"] == nil && late["seconds/dreg"] == nil)
            #expect(late["seconds/dmain"] is NSNumber)
            let log = try String(contentsOfFile: folder.run("parts").log, encoding: .utf8)
            #expect(log.contains(" · p 0."), "\(log)")
        }
    }

    /// Rank 0's clock says when, whatever another's says, and the result is that of a run without one.
    @Test(arguments: [1, 2]) func checkpointsByTheClockChangeNoBits(ranks: Int) throws {
        try inScene { folder in
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
        try inScene { folder in
            _ = try folder.train("a", ["kimg=0.016"])
            let expected = try folder.newest("a")
            #expect(try folder.train("a", ["kimg=0.016"], ranks: 2) == [0, 0])
            #expect(try folder.newest("a") == expected)
        }
    }

    /// A launcher's proof: written last, by whom it was asked of, and gone as soon as another start has begun.
    @Test func anEndingIsToldAndAnOldOneForgotten() throws {
        try inScene { folder in
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
        try inScene { folder in
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
        try inScene { folder in
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
        try inScene { folder in
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
        try inScene { folder in
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
        try inScene { folder in
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

    @Test func anotherDataSetIsRefusedOnAllRanks() throws {
        try inScene { folder in
            _ = try folder.train("a", ["kimg=0.016"])
            try FileManager.default.removeItem(atPath: folder.data)
            _ = try DatasetSynthesizer(seed: 2, resolution: 16, channels: 3).run(to: folder.data, count: 24)
            #expect(throws: StateError.self) { try folder.train("a", ["kimg=0.032"], ranks: 2) }
        }
    }

    @Test func sheetsAreThinned() throws {
        try inScene { folder in
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
        try inScene { folder in
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
