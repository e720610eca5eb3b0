import Configuration
import Failure
import Foundation
import Reporting
import Session
import SmallRuns
import Storage
import TestSupport
import Testing

/// Which runs a study has, and which it refuses.
@Suite struct StudyPlanTests {
    /// The plan of two settings and two seeds on the scene's data.
    private func study(_ scene: RunScene, _ more: String = "", fast: String = "{optimizer.g_lr: 0.005}") throws -> Study
    {
        let base = Small.overrides.filter { !$0.hasPrefix("kimg=") }
            .map { "  " + $0.replacing("=", with: ": ") }.joined(separator: "\n")
        return try Study(
            yaml: """
                data: \(scene.data)
                out: \(scene.path)/out
                seeds: [2, 1]
                kimg: 0.032
                every_kimg: 0.016
                metrics: [msssim]
                base:
                \(base)
                  metrics.images: 8
                  snapshot.grid: 2x2
                settings:
                  plain:
                  fast: \(fast)
                \(more)
                """, file: "rates.yaml")
    }

    /// Seed by seed, so that what is there can be compared; words that a shell can read.
    @Test func runsOfANewStudy() throws {
        try inScene { scene in
            let plan = try StudyPlan(study(scene))
            let names = ["plain, seed 2", "fast, seed 2", "plain, seed 1", "fast, seed 1"]
            #expect(plan.entries.map(\.job.name) == names)
            #expect(plan.entries.allSatisfy { $0.job.state == .fresh })
            #expect(plan.entries[1].job.folder.path == "\(scene.path)/out/runs/fast/seed-2")
            #expect(plan.text.contains("2 settings × 2 seeds, 4 of 4 runs to do"), "\(plan.text)")
            let words = plan.words
            #expect(words.prefix(6) == ["\(scene.path)/out", "1", "1", "", "4", "4"])
            #expect(words.dropFirst(6).prefix(3) == ["plain, seed 2", "\(scene.path)/out/runs/plain/seed-2", "0"])
            let count = try #require(Int(words[10]))
            #expect(words[11] == "train" && words[11 + count] == "fast, seed 2", "\(words)")
            #expect(words.contains("optimizer.g_lr=0.005"))
            #expect(!FileManager.default.fileExists(atPath: scene.path + "/out"), "a plan writes nothing")
        }
    }

    /// All settings, before anything starts; what is wrong with all is said once.
    @Test func wrongSettingsAreNamed() throws {
        try inScene { scene in
            let key = thrown(StudyError.self) { try StudyPlan(study(scene, "  slow: {batchs: 3}", fast: "{kimg: no}")) }
            #expect(key?.exitCode == ExitCode.badConfiguration)
            #expect(key?.lines.count == 2, "\(String(describing: key))")
            #expect(key?.description.contains("setting fast: kimg: \"no\" is no number") == true)
            #expect(key?.description.contains("setting slow: unknown key batchs; did you mean batch?") == true)
            #expect(key?.description.contains("(rates.yaml, line ") == true)
            // What only this data set tells.
            let size = thrown(StudyError.self) { try StudyPlan(study(scene, fast: "{metrics.images: 1000}")) }
            #expect(size?.lines.count == 1 && size?.description.contains("setting fast: ") == true)
            #expect(size?.description.contains("holds 24 images, but metrics.images is 1000") == true)
            let metric = thrown(StudyError.self) {
                try StudyPlan(
                    Study(
                        yaml: "data: \(scene.data)\nout: o\nseeds: 1\nmetrics: fidd\nsettings: {a: , b: , c: , d: }",
                        file: "x"))
            }
            #expect(metric?.lines.count == 1 && metric?.exitCode == ExitCode.badConfiguration)
            let words = "setting a, setting b, setting c and 1 more: metrics.names has fidd"
            #expect(metric?.description.hasPrefix(words) == true, "\(String(describing: metric))")
            // No features, no Fréchet distance.
            let features = thrown(StudyError.self) {
                try StudyPlan(
                    Study(yaml: "data: \(scene.data)\nout: o\nseeds: 1\nmetrics: fid\nsettings: {a: }", file: "x"))
            }
            #expect(features?.exitCode == ExitCode.missingInput)
            let data = try Study(yaml: "data: /nowhere\nout: o\nseeds: 1\nmetrics: swd\nsettings: {a: }", file: "x")
            #expect(thrown(DatasetError.self) { try StudyPlan(data) }?.exitCode == ExitCode.missingInput)
        }
    }

    /// What `cluster/study` leaves before it starts a run, and what a run has when it ends.
    private func leave(_ entry: StudyPlan.Entry, _ code: Int32?, checkpoint: Int? = nil) throws {
        let folder = entry.job.folder
        try FileManager.default.createDirectory(atPath: folder.checkpoints, withIntermediateDirectories: true)
        try (entry.record.json + "\n").write(
            toFile: folder.path + "/job.json", atomically: false, encoding: .utf8)
        if let checkpoint {
            try Data().write(to: URL(fileURLWithPath: folder.checkpoint(checkpoint)))
        }
        if let code {
            try RunEnding(launch: nil, exitCode: code, imagesShown: 32, imagesAsked: 32, checkpoint: nil).write(
                to: folder)
        }
    }

    @Test func whatIsDoneIsNotDoneAgain() throws {
        try inScene { scene in
            let first = try StudyPlan(study(scene))
            try leave(first.entries[0], 0, checkpoint: 32)
            try leave(first.entries[1], 75, checkpoint: 16)
            try leave(first.entries[2], nil)
            let plan = try StudyPlan(study(scene))
            #expect(plan.entries.map(\.job.state) == [.done(images: 32), .begun(images: 16), .fresh, .fresh])
            #expect(
                plan.words.prefix(9) == [
                    "\(scene.path)/out", "1", "1", "", "4", "3", "fast, seed 2", "\(scene.path)/out/runs/fast/seed-2",
                    "16",
                ])
            #expect(plan.text.contains("3 of 4 runs to do"))
            // More of the file may change, as long as the runs do not.
            _ = try StudyPlan(study(scene, "  third: {batch: 16}\nbeside: 2\nat_minutes: 1"))
        }
    }

    @Test func runsOfOtherSettingsAreRefused() throws {
        try inScene { scene in
            let first = try StudyPlan(study(scene))
            try leave(first.entries[0], 75, checkpoint: 16)
            try leave(first.entries[1], 0, checkpoint: 32)
            let changed = thrown(StudyError.self) {
                try StudyPlan(study(scene, fast: "{optimizer.g_lr: 0.004, kimg: 1}"))
            }
            #expect(changed?.lines.count == 1 && changed?.exitCode == ExitCode.badConfiguration)
            let words =
                "fast, seed 2: \(scene.path)/out/runs/fast/seed-2: was run with kimg=0.032, not 1; optimizer.g_lr=0.005, not 0.004"
            #expect(changed?.description.hasPrefix(words) == true, "\(String(describing: changed))")
            let ranks = thrown(StudyError.self) { try StudyPlan(study(scene, "ranks: 2\nthreads: 2")) }
            #expect(ranks?.lines.count == 2)
            #expect(ranks?.description.contains("(ranks)=1, not 2; (threads)=auto, not 2") == true)
            // Somebody else's run.
            try FileManager.default.removeItem(atPath: first.entries[0].job.folder.path + "/job.json")
            let stranger = thrown(StudyError.self) { try StudyPlan(study(scene)) }
            #expect(stranger?.exitCode == ExitCode.cannotWrite)
            #expect(stranger?.description.contains("job.json does not say with which settings") == true)
            // What has not come to a checkpoint begins anew.
            try FileManager.default.removeItem(atPath: first.entries[0].job.folder.checkpoint(16))
            #expect(try StudyPlan(study(scene)).entries[0].job.state == .fresh)
        }
    }

    /// Of a later version, which has other keys.
    @Test func keysThatCameOrWent() throws {
        try inScene { scene in
            let entry = try StudyPlan(study(scene)).entries[0]
            let planned = entry.record.entries.map { (key: $0.key, value: $0.value) }
            let configuration = entry.job.configuration
            func differences(_ change: (inout [String: String]) -> Void) -> [String] {
                var entries = entry.record.entries
                change(&entries)
                let record = StudyRecord(beside: 1, entries: entries.map { ($0.key, $0.value) })
                return record.differences(from: planned, of: configuration)
            }
            #expect(differences { $0["ema.ramp"] = nil } == [], "as the preset has it")
            #expect(
                differences { $0["metrics.images"] = nil } == ["metrics.images=2048, not 8"], "the preset has another")
            #expect(differences { $0["old.key"] = "3" } == ["old.key=3, which the study no longer has"])
        }
    }

    @Test func damagedFilesAreSaid() throws {
        try inScene { scene in
            let first = try StudyPlan(study(scene))
            try leave(first.entries[0], 0, checkpoint: 32)
            let folder = first.entries[0].job.folder
            try "{\"exit_code\":".write(toFile: folder.ending, atomically: false, encoding: .utf8)
            let plan = try StudyPlan(study(scene))
            #expect(plan.entries[0].job.state == .begun(images: 32))
            #expect(plan.notes.contains { $0.contains("found no ending of a run") }, "\(plan.notes)")
            try "junk\n".write(toFile: folder.path + "/job.json", atomically: false, encoding: .utf8)
            let refused = thrown(StudyError.self) { try StudyPlan(study(scene)) }
            #expect(refused?.description.contains("job.json does not say") == true)
        }
    }
}
