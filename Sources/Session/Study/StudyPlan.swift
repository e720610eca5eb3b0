import Cluster
import Configuration
import Evaluation
import Failure
import Foundation
import Reporting
import Storage
import Training

/// The runs of a study, each found to be one that can be trained, and what is left of them to do.
public struct StudyPlan {
    package struct Entry {
        package let job: StudyJob
        package let record: StudyRecord
    }

    package let study: Study
    package private(set) var entries: [Entry] = []
    /// What the user should know.
    package private(set) var notes: [String] = []

    /// - Parameter file: YAML.
    /// - Throws: ``ConfigurationError`` with file and line, or ``StudyError`` that names every setting that cannot be
    ///   trained, or every run whose folder was run with other settings; errors that name a data set that is none.
    public init(file: String) throws { try self.init(Study(file: file)) }

    package init(_ study: Study) throws {
        self.study = study
        let jobs = try StudyJob.all(of: study)
        let dataset = try Dataset(study.data)
        var facts: [String: [(key: String, value: String)]] = [:]
        var errors: [(name: String, error: any Error)] = []
        for job in jobs where job.seed == study.seeds.first {
            do {
                facts[job.setting.name] = try check(job, dataset)
            } catch {
                errors.append(("setting \(job.setting.name)", error))
            }
        }
        if !errors.isEmpty { throw StudyError(errors) }
        for job in jobs {
            let planned =
                StudyRecord.entries(of: job.configuration, ranks: study.ranks) + (facts[job.setting.name] ?? [])
            do {
                try Self.check(job, planned)
            } catch {
                errors.append((job.name, error))
            }
            notes += job.problems.map { "\(job.name): \($0)" }
            entries.append(Entry(job: job, record: StudyRecord(beside: study.beside, entries: planned)))
        }
        if !errors.isEmpty { throw StudyError(errors) }
    }

    /// Everything that a run is refused for at its start, before the first one starts.
    ///
    /// - Returns: what it depends on besides its keys.
    private mutating func check(_ job: StudyJob, _ dataset: Dataset) throws -> [(key: String, value: String)] {
        let cores = max(1, Processors.allowed / (study.ranks * study.beside))
        var resolved = try job.configuration.resolve(
            DataFacts(dataset.description, images: dataset.count), ranks: study.ranks, coresPerRank: cores)
        try TrainingMemory.check(resolved, localRanks: study.ranks * study.beside)
        let features = try TrainingFeatures.open(
            &resolved, data: study.data, datasetID: dataset.id, communicator: LoopbackCommunicator())
        try TrainingRun.check(resolved, dataset: dataset, features: features)
        try FrozenLayers.checkFreshStart(resolved)
        notes += resolved.notes.map { "\(job.setting.name): \($0)" }
        return [("(data set)", dataset.id)] + (features.map { [("(features of metrics)", $0.identity)] } ?? [])
    }

    /// Nothing is gone on with that is not of these very settings.
    private static func check(_ job: StudyJob, _ planned: [(key: String, value: String)]) throws {
        guard job.state != .fresh else { return }
        let folder = job.folder.path
        let ways = "choose another out, or remove the folder to do it again"
        guard let record = job.record else {
            throw ReportError(
                "\(folder): holds a run of which \(StudyRecord.fileName) does not say with which settings; \(ways)",
                exitCode: ExitCode.cannotWrite)
        }
        let differences = record.differences(from: planned, of: job.configuration)
        guard !differences.isEmpty else { return }
        let more = differences.count > 5 ? " and \(differences.count - 5) more" : ""
        throw ReportError(
            "\(folder): was run with \(differences.prefix(5).joined(separator: "; "))\(more). Nothing is mixed: set "
                + "these as they were, \(ways)",
            exitCode: ExitCode.badConfiguration)
    }
}

extension StudyPlan {
    /// For people: a line for each run, then what there is to know.
    public var text: String {
        var table = TableFormatter([
            TableFormatter.Column("run"), TableFormatter.Column("state"), TableFormatter.Column("images", .right),
            TableFormatter.Column("folder"),
        ])
        for entry in entries {
            let (state, images): (String, String) =
                switch entry.job.state {
                case .fresh: ("to do", "")
                case .begun(let images): ("goes on", NumberText.grouped(images))
                case .done(let images): ("done", NumberText.grouped(images))
                }
            table.add([entry.job.name, state, images, entry.job.folder.path])
        }
        let settings = "\(study.settings.count) setting\(study.settings.count == 1 ? "" : "s")"
        let seeds = "\(study.seeds.count) seed\(study.seeds.count == 1 ? "" : "s")"
        let left = entries.count { if case .done = $0.job.state { false } else { true } }
        return
            ([table.text, "\(settings) × \(seeds), \(left) of \(entries.count) runs to do"]
            + notes.map { "note: " + $0.visible() }).joined(separator: "\n")
    }

    /// For `cluster/study`: words that NUL ends. First the folder, then runs at a time, ranks, threads (empty for a share of
    /// the cores), runs in all and runs to do. Then of each run to do its name, its folder, the images it goes on from, the
    /// record that its folder is to have, the number of the words that train it, and these.
    public var words: [String] {
        var all: [String] = []
        var count = 0
        for entry in entries {
            let job = entry.job
            let images: Int
            switch job.state {
            case .done: continue
            case .fresh: images = 0
            case .begun(let shown): images = shown
            }
            count += 1
            let words = study.words(of: job.setting, seed: job.seed, run: job.folder.path)
            all += [job.name, job.folder.path, "\(images)", entry.record.json, "\(words.count)"] + words
        }
        return [
            RunFolder(study.out).path, "\(study.beside)", "\(study.ranks)", study.threads.map { "\($0)" } ?? "",
            "\(entries.count)", "\(count)",
        ] + all
    }
}
