import Configuration
import Failure
import Foundation
import Kernels
import Reporting
import Storage

/// Makes an HTML file of one run, or of several beside one another.
public struct ReportSession: Sendable {
    private let runs: [String]
    private let out: String?
    private let data: String?
    private let features: String?
    private let reals: Int?
    private let threads: Int?

    /// More curves cannot be told apart.
    private static let mostRuns = 8

    /// - Parameters:
    ///   - runs: their folders.
    ///   - out: the file; nil for `report.html` in the folder of the only run.
    ///   - data: folder of the data set, for neighbours; nil for that of the run.
    ///   - features: file of the network in whose features neighbours are looked for; nil for that of the run.
    ///   - reals: real images that are looked through; nil for 20 000, or 4 000 with a large network.
    ///   - threads: nil for all cores.
    /// - Throws: ``UsageError``.
    public init(
        runs: [String], out: String?, data: String?, features: String?, reals: Int?, threads: Int?
    ) throws(UsageError) {
        guard !runs.isEmpty, runs.count <= Self.mostRuns else {
            throw UsageError("found \(runs.count) run folders, expected 1 to \(Self.mostRuns)")
        }
        guard runs.count == 1 || out != nil else {
            throw UsageError("\(runs.count) runs: --out FILE.html says where their comparison goes")
        }
        guard runs.count == 1 || data == nil && features == nil && reals == nil else {
            throw UsageError("--data, --features and --reals look for neighbours, which the report of a single run has")
        }
        if let reals, !(2...10_000_000).contains(reals) { throw UsageError("--reals \(reals): expected 2 to 10000000") }
        if let threads, !(1...1024).contains(threads) { throw UsageError("--threads \(threads): expected 1 to 1024") }
        if let out, Files.isFolder(out) { throw UsageError("--out \(out): is a folder, expected the name of a file") }
        self.runs = runs
        self.out = out
        self.data = data
        self.features = features
        self.reals = reals
        self.threads = threads
    }

    /// Writes the file.
    ///
    /// - Returns: its path.
    /// - Throws: errors that name a run that is none, or what cannot be written.
    public func run() throws -> String {
        let records = try runs.map { try RunRecord($0) }
        let page: String
        if records.count == 1, let record = records.first {
            let (configuration, problem) = Self.configuration(record.folder)
            try Workers.start(threads: threads ?? Processors.allowed)
            let run = RunData(
                record: record, configuration: configuration, data: data, features: features, reals: reals)
            let fields = try RunFields(run: run).find()
            let neighbours = try fields == nil ? RealNeighbours(run: run).find() : ReportedNeighbours()
            page = RunReport.page(
                RunReport.Run(
                    record, configuration: configuration.map { Self.reported($0, problem) }, problem: problem,
                    neighbours: neighbours, fields: fields))
        } else {
            page = RunReport.page(
                comparing: records.map { record in
                    let (configuration, problem) = Self.configuration(record.folder)
                    return RunReport.Run(
                        record, configuration: configuration.map { Self.reported($0, problem) }, problem: problem)
                })
        }
        let path = out ?? records[0].folder.path + "/report.html"
        try AtomicFile.write(page, to: path)
        return path
    }

    /// The configuration that a run folder holds, as far as this version knows its keys, and what is wrong with it.
    private static func configuration(_ folder: RunFolder) -> (Configuration?, String?) {
        do {
            guard FileManager.default.fileExists(atPath: folder.configuration) else {
                return (nil, "\(folder.configuration) is not there.")
            }
            var text = ""
            let long = try LineFile.read(folder.configuration) { line in
                if text.utf8.count < 1 << 20 { text += String(decoding: line, as: UTF8.self) + "\n" }
            }
            let (configuration, unknown) = try Configuration.parseStored(yaml: text, name: folder.configuration)
            var problems = unknown.map { "\($0.key)=\($0.value)" }
            if !problems.isEmpty {
                problems = ["keys that this version does not know: " + problems.joined(separator: ", ")]
            }
            if long > 0 { problems.append("lines that are too long are left out") }
            return (configuration, problems.isEmpty ? nil : problems.joined(separator: "; "))
        } catch {
            return (nil, "\(error)")
        }
    }

    private static func reported(_ configuration: Configuration, _ problem: String?) -> ReportedConfiguration {
        let preset = Dictionary(configuration.preset.configuration.entries.map { ($0.key, $0.value) }) { $1 }
        return ReportedConfiguration(
            preset: configuration.preset.rawValue,
            keys: configuration.entries.map {
                ReportedConfiguration.Key(name: $0.key, value: $0.value, preset: preset[$0.key] ?? "")
            }, problems: problem.map { [$0] } ?? [])
    }
}
