import Configuration
import Foundation
import Reporting
import Session
import TestSupport
import Testing

/// Table and picture of the runs of a study.
@Suite struct StudyReportTests {
    private let head = "seeds: [1, 2]\nkimg: 10\nevery_kimg: 5\n"

    private func study(_ path: String, metrics: String = "[swd, pr]", settings: String = "{a: , b: {batch: 16}}") throws
        -> Study
    {
        try Study(yaml: head + "data: d\nout: \(path)\nmetrics: \(metrics)\nsettings: \(settings)\n", file: "x.yaml")
    }

    /// A run of some length; done unless it is stopped.
    private func leave(
        _ study: Study, _ place: Int, images: Int = 10_016, swd: Double, beside: Int = 1, data: String = "one"
    ) throws {
        let job = try StudyJob.all(of: study)[place]
        try FileManager.default.createDirectory(atPath: job.folder.checkpoints, withIntermediateDirectories: true)
        let record = StudyRecord(
            beside: beside,
            entries: StudyRecord.entries(of: job.configuration, ranks: study.ranks) + [("(data set)", data)])
        func write(_ text: String, _ path: String) throws {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        try write(record.json + "\n", job.folder.path + "/job.json")
        let places = [5024, 10_016].filter { $0 <= images }
        try write(
            places.map { "{\"step\": \($0), \"images\": \($0), \"images_per_second\": 100}\n" }.joined(),
            job.folder.stats)
        try write(
            places.map {
                "{\"step\": \($0), \"images\": \($0), \"swd/32\": 1, \"swd/average\": \(swd - Double($0 / 1000)), "
                    + "\"pr/classifier/precision\": 0.5, \"pr/classifier/recall\": 0.25}\n"
            }.joined(), job.folder.metrics)
        try Data().write(to: URL(fileURLWithPath: job.folder.checkpoint(images)))
        if images == 10_016 {
            try RunEnding(launch: nil, exitCode: 0, imagesShown: images, imagesAsked: 10_000, checkpoint: nil)
                .write(to: job.folder)
        }
    }

    @Test func ofRunsThatAreDoneAndBegun() throws {
        try withTemporaryFolder { path in
            let study = try study(path)
            for (place, swd) in [60.0, 40, 70].enumerated() { try leave(study, place, swd: swd) }
            try leave(study, 3, images: 5024, swd: 40)
            let report = try StudyReport(study)
            #expect(
                report.results.values == [
                    .init("swd/average", lowerIsBetter: true), .init("pr/classifier/precision", lowerIsBetter: false),
                    .init("pr/classifier/recall", lowerIsBetter: false),
                ])
            #expect(report.results.problems == [])
            let a = report.results.settings[0].runs
            #expect(a.map { $0.points.map(\.kimg) } == [[5, 10], [5, 10]] && a.map { $0.final?.kimg } == [10, 10])
            let seconds = a[0].points.map { ($0.seconds ?? 0).rounded() }
            #expect(seconds == [50, 100])
            let b = report.results.settings[1].runs
            #expect(b.map { $0.points.count } == [2, 1] && b[1].final == nil && b[1].seconds == nil)
            let table = try report.write()
            for words in [
                "# x\n", "3 of 4 runs are done, 1 begun.", "2 settings × 2 seeds, 10 thousand images each, 1 rank",
                "| `b` | 1 of 2 | 30.00 (1 of 2) |", "| `a` | 2 of 2 | 55.00 ± 7.07 |", "- `b`: `batch=16`",
            ] { #expect(table.contains(words), "\(words) in\n\(table)") }
            #expect(try String(contentsOfFile: path + "/study.md", encoding: .utf8) == table)
            #expect(try String(contentsOfFile: path + "/study.svg", encoding: .utf8).contains("swd/average"))
        }
    }

    /// Nothing is silently mixed, or silently missing.
    @Test func whatCannotBeComparedIsSaid() throws {
        try withTemporaryFolder { path in
            let study = try study(path)
            try leave(study, 0, swd: 60)
            try leave(study, 1, swd: 40, beside: 2)
            try leave(study, 2, swd: 70, data: "two")
            try leave(study, 3, swd: 50)
            let folders = try StudyJob.all(of: study).map(\.folder)
            try FileManager.default.removeItem(atPath: folders[3].metrics)
            try FileManager.default.createDirectory(atPath: path + "/runs/c/seed-1", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: path + "/runs/a/seed-9", withIntermediateDirectories: true)
            #expect(
                try StudyReport(study).results.problems == [
                    "runs have trained on 2 data sets: one, two",
                    "seconds of training may not be compared: 3 went on 1 at a time, 1 went on 2 at a time",
                    "\(folders[3].metrics): is not there",
                    "\(folders[3].metrics): has no line at the end, 10 016 images",
                    "\(path)/runs/a/seed-9: is of no seed of the study",
                    "\(path)/runs/c: is of no setting of the study",
                ])
            // Another rate than they were run with.
            let other = try self.study(path, settings: "{a: , b: {batch: 8}}")
            let report = try StudyReport(other)
            #expect(report.results.settings[1].runs.isEmpty)
            #expect(report.results.problems.contains("\(folders[1].path): was run with batch=16, not 8"))
        }
    }

    @Test func ofNothing() throws {
        try withTemporaryFolder { path in
            let table = try StudyReport(study(path + "/new")).write()
            #expect(table.contains("0 of 4 runs are done.") && table.contains("Nothing has been measured yet."))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/new") == ["study.md"])
        }
    }

    /// The one that is named, and of several the average.
    @Test func whichValuesAreCompared() {
        let names = ["swd/16", "swd/average", "is/x", "is/x/deviation", "msssim", "pr/x/recall", "pr/x/precision"]
        let point = StudyResults.Point(
            kimg: 1, seconds: nil, values: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
        let settings = [StudyResults.Setting(name: "a", changes: [], runs: [.init(points: [point])])]
        let found = StudyReport.values(["pr/x/recall", "swd/16", "swd", "is", "msssim", "fid"], settings)
        #expect(found.map(\.key) == ["pr/x/recall", "swd/16", "swd/average", "is/x", "msssim"])
        #expect(found.map(\.lowerIsBetter) == [false, true, true, false, nil])
    }
}
