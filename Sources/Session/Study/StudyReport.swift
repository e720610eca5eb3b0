import Configuration
import Evaluation
import Failure
import Foundation
import Reporting
import Storage

/// The table and the picture of a study's runs, as far as they have come.
public struct StudyReport {
    package let results: StudyResults
    private let out: String

    package static let tableName = "study.md"
    package static let pictureName = "study.svg"

    /// - Parameter file: YAML.
    /// - Throws: ``ConfigurationError`` with file and line; ``StudyError``. What is missing or damaged in a run's folder
    ///   is a sentence of the table.
    public init(file: String) throws { try self.init(Study(file: file)) }

    package init(_ study: Study) throws {
        let jobs = try StudyJob.all(of: study)
        out = RunFolder(study.out).path
        var problems: [String] = []
        let counted = Self.counted(jobs, study, &problems)
        var settings: [StudyResults.Setting] = []
        for setting in study.settings {
            let runs = counted.filter { $0.setting.name == setting.name && $0.state != .fresh }
                .map { Self.run($0, &problems) }
            settings.append(StudyResults.Setting(name: setting.name, changes: setting.changes, runs: runs))
        }
        problems += Self.strangers(study)
        results = StudyResults(
            title: study.name, facts: Self.facts(study, counted), common: study.common, seeds: study.seeds.count,
            settings: settings, values: Self.values(study.metrics, settings), minutes: study.minutes,
            problems: problems)
    }

    /// Writes both files.
    ///
    /// - Returns: what stands in the table.
    /// - Throws: ``FileError`` (73).
    public func write() throws -> String {
        try Files.makeFolder(out)
        let svg = StudyPicture(results).svg
        let table = StudyTable(results).markdown(picture: svg == nil ? nil : Self.pictureName)
        if let svg {
            try AtomicFile.write(svg, to: out + "/" + Self.pictureName)
        } else {
            try Files.remove(out + "/" + Self.pictureName)
        }
        try AtomicFile.write(table, to: out + "/" + Self.tableName)
        return table
    }

    /// Those that were run with the settings that the file has now; the others, and the mixing of what cannot be compared,
    /// become problems.
    private static func counted(_ jobs: [StudyJob], _ study: Study, _ problems: inout [String]) -> [StudyJob] {
        var counted: [StudyJob] = []
        for job in jobs {
            problems += job.problems
            guard job.state != .fresh else {
                counted.append(job)
                continue
            }
            guard let record = job.record else {
                problems.append(
                    "\(job.folder.path): \(StudyRecord.fileName) does not say with which settings it was run")
                continue
            }
            let planned = StudyRecord.entries(of: job.configuration, ranks: study.ranks)
            let differences = record.differences(from: planned, of: job.configuration)
            guard differences.isEmpty else {
                problems.append("\(job.folder.path): was run with \(differences.prefix(5).joined(separator: "; "))")
                continue
            }
            counted.append(job)
        }
        let records = counted.filter { $0.state != .fresh }.compactMap { job in job.record.map { (job, $0) } }
        for fact in ["(data set)", "(features of metrics)"] {
            let found = Set(records.compactMap { $0.1.entries[fact] })
            if fact == "(data set)", found.count > 1 {
                problems.append(
                    "runs have trained on \(found.count) data sets: \(found.sorted().joined(separator: ", "))")
            } else if found.count > 1 {
                problems.append("runs were measured in \(found.count) kinds of features: compare within each alone")
            }
        }
        if Set(records.map(\.1.beside)).count > 1 {
            let groups = Dictionary(grouping: records, by: \.1.beside).sorted { $0.key < $1.key }
            let text = groups.map { "\($0.value.count) went on \($0.key) at a time" }.joined(separator: ", ")
            problems.append("seconds of training may not be compared: \(text)")
        }
        return counted
    }

    private static func run(_ job: StudyJob, _ problems: inout [String]) -> StudyResults.Run {
        let measured = RunMeasurements(job.folder)
        problems += measured.problems
        let kimg = job.configuration.kimg
        let interval = Int((job.configuration.measuringKimg * 1000).rounded(.up))
        let total = Int((kimg * 1000).rounded(.up))
        let points = measured.points.map { point in
            StudyResults.Point(
                kimg: point.images >= total
                    ? kimg : Double(point.images / interval) * job.configuration.measuringKimg,
                seconds: point.seconds, values: point.values)
        }
        guard case .done(let images) = job.state else { return StudyResults.Run(points: points) }
        let isMeasured = measured.points.last?.images == images
        if !isMeasured {
            problems.append("\(job.folder.metrics): has no line at the end, \(NumberText.grouped(images)) images")
        }
        return StudyResults.Run(points: points, final: isMeasured ? points.last : nil, seconds: measured.seconds)
    }

    /// Of each metric that was asked for the values that were found: the one that is named so, or the average of several, or
    /// all but deviations.
    package static func values(_ asked: [String], _ settings: [StudyResults.Setting]) -> [StudyResults.Value] {
        let found = Set(settings.flatMap(\.runs).flatMap(\.points).flatMap { $0.values.keys })
        return asked.flatMap { name -> [StudyResults.Value] in
            var keys = found.filter { $0 == name }.sorted()
            if keys.isEmpty { keys = found.filter { $0 == name + "/average" }.sorted() }
            if keys.isEmpty {
                keys = found.filter { $0.hasPrefix(name + "/") && !$0.hasSuffix("/deviation") }.sorted()
            }
            return keys.map { key in
                let metric = String(key.prefix { $0 != "/" })
                let part = key.firstIndex(of: "/").map { String(key[key.index(after: $0)...]) }
                return StudyResults.Value(key, lowerIsBetter: Metrics.ofAny(metric)?.lowerIsBetter(part) ?? nil)
            }
        }
    }

    private static func facts(_ study: Study, _ jobs: [StudyJob]) -> [String] {
        let lengths = Set(jobs.map(\.configuration.kimg)).sorted().map { NumberText.plain($0) }
        let done = jobs.count { if case .done = $0.state { true } else { false } }
        let begun = jobs.count { if case .begun = $0.state { true } else { false } }
        let threads = study.threads.map { "\($0) thread\($0 == 1 ? "" : "s")" } ?? "its share of the cores"
        return [
            "Data: \(study.data).",
            "\(study.settings.count) setting\(study.settings.count == 1 ? "" : "s") × "
                + "\(study.seeds.count) seed\(study.seeds.count == 1 ? "" : "s"), \(lengths.joined(separator: ", ")) "
                + "thousand images each, \(study.ranks) rank\(study.ranks == 1 ? "" : "s") with \(threads)"
                + (study.beside > 1 ? ", \(study.beside) runs at a time." : "."),
            "\(done) of \(study.settings.count * study.seeds.count) runs are done"
                + (begun > 0 ? ", \(begun) begun." : "."),
        ]
    }

    /// Folders of settings and seeds that the file does not have any more.
    private static func strangers(_ study: Study) -> [String] {
        let runs = RunFolder(study.out).path + "/runs"
        let known = Dictionary(study.settings.map { ($0.name, Set(study.seeds.map { "seed-\($0)" })) }) { $1 }
        let settings = (try? Files.names(in: runs)) ?? []
        return settings.flatMap { setting -> [String] in
            guard let seeds = known[setting] else { return ["\(runs)/\(setting): is of no setting of the study"] }
            return ((try? Files.names(in: "\(runs)/\(setting)")) ?? []).filter { !seeds.contains($0) }
                .map { "\(runs)/\(setting)/\($0): is of no seed of the study" }
        }
    }
}
