import Configuration
import Failure
import Foundation
import Reporting
import Storage

/// What a run of a study was started with: `job.json` in its folder, a line of JSON.
package struct StudyRecord: Equatable {
    /// Runs that went on at a time, when it was started.
    package let beside: Int
    /// Keys of the configuration, and facts in brackets.
    package let entries: [String: String]

    package static let fileName = "job.json"

    package init(beside: Int, entries: [(key: String, value: String)]) {
        self.beside = beside
        self.entries = Dictionary(entries.map { ($0.key, $0.value) }) { $1 }
    }

    /// Keys that a run has by itself, as they are before the data set answers what is `auto`, but for the place of the data.
    package static func entries(of configuration: Configuration, ranks: Int) -> [(key: String, value: String)] {
        configuration.entries.filter { $0.key != "data.path" } + [
            ("(ranks)", "\(ranks)"), ("(threads)", configuration.threads.given.map { "\($0)" } ?? "auto"),
        ]
    }

    /// A line.
    package var json: String {
        JSONValue.object([
            JSONField("beside", beside),
            JSONField("entries", .object(entries.sorted { $0.key < $1.key }.map { JSONField($0.key, $0.value) })),
        ]).json
    }

    /// Nil where there is none.
    ///
    /// - Throws: ``ReportError`` (65) or ``FileError`` where it is damaged.
    package static func read(from folder: RunFolder) throws -> StudyRecord? {
        let path = folder.path + "/" + fileName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let line = try Files.lastLine(of: path) ?? ""
        guard let stored = try? CheckedJSON.decode(Stored.self, from: Array(line.utf8)) else {
            throw ReportError(
                "\(path): found no record of a study, expected {\"beside\": …, \"entries\": {…}}",
                exitCode: ExitCode.badData)
        }
        return StudyRecord(beside: stored.beside, entries: stored.entries.map { ($0.key, $0.value) })
    }

    private struct Stored: Decodable {
        let beside: Int
        let entries: [String: String]
    }

    /// What is other than planned, as `key=found, not planned`. A key that came after the record was written counts as what
    /// the preset has for it.
    package func differences(from planned: [(key: String, value: String)], of configuration: Configuration) -> [String]
    {
        let preset = Dictionary(configuration.preset.configuration.entries.map { ($0.key, $0.value) }) { $1 }
        let known = Set(planned.map(\.key))
        let changed = planned.compactMap { key, value -> String? in
            let found = entries[key] ?? preset[key] ?? "none"
            return found == value ? nil : "\(key)=\(found), not \(value)"
        }
        // Facts that a report does not know are none of its business.
        let gone = entries.keys.filter { !known.contains($0) && !$0.hasPrefix("(") }.sorted()
        return changed + gone.map { "\($0)=\(entries[$0] ?? ""), which the study no longer has" }
    }
}
