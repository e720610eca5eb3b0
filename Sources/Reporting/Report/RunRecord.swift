import Failure
import Foundation
import Storage

/// All that a run folder says of its run. What is missing or damaged is a sentence of ``problems``.
public struct RunRecord: Sendable {
    /// A checkpoint in the folder.
    public struct Checkpoint: Sendable, Equatable {
        public var name: String
        public var bytes: Int
    }

    public let folder: RunFolder
    /// Of `ended.json`; nil where the run goes on, or was killed.
    public let ending: RunEnding?
    public let stats: RunCurves
    public let metrics: RunCurves
    public let log: LogDigest
    /// Images shown at each sheet, ascending.
    public let sheets: [Int]
    /// The newest first.
    public let checkpoints: [Checkpoint]
    public let latest: String?
    /// The name that `checkpoints/best` holds.
    public let best: String?
    public let problems: [String]

    /// - Throws: ``ReportError``: 66 where nothing stands there, 65 where it is no run folder.
    public init(_ path: String) throws {
        let folder = RunFolder(path)
        self.folder = folder
        guard FileManager.default.fileExists(atPath: folder.path) else {
            throw ReportError("\(folder.path): no such run folder", exitCode: ExitCode.missingInput)
        }
        guard Files.isFolder(folder.path) else {
            throw ReportError("\(folder.path): is no folder, expected that of a run", exitCode: ExitCode.badData)
        }
        let marks = [folder.configuration, folder.stats, folder.log, folder.checkpoints]
        guard marks.contains(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw ReportError(
                "\(folder.path): is no run folder: it has neither config.yaml nor stats.jsonl, log.txt or checkpoints",
                exitCode: ExitCode.badData)
        }
        stats = RunCurves(file: folder.stats)
        metrics = RunCurves(file: folder.metrics)
        log = LogDigest(file: folder.log)
        var problems = stats.problems + metrics.problems + log.problems
        func reading<Value>(_ body: () throws -> Value) -> Value? {
            do { return try body() } catch {
                problems.append("\(error)")
                return nil
            }
        }
        ending = reading { try RunEnding.read(from: folder) } ?? nil
        sheets = reading { try folder.sheets() } ?? []
        let list = CheckpointFolder(folder.checkpoints)
        checkpoints = (reading { try list.list() } ?? []).map { name in
            Checkpoint(name: name, bytes: Self.size(folder.checkpoints + "/" + name))
        }
        latest = list.latestName()
        best = list.bestName()
        self.problems = problems
    }

    /// What reports call the run: the folder's own name.
    public var name: String {
        URL(fileURLWithPath: folder.path).standardizedFileURL.lastPathComponent
    }

    private static func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }
}

/// What cannot be reported on.
public struct ReportError: ExitCoded, Equatable {
    public let description: String
    public let exitCode: Int32

    public init(_ description: String, exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }
}
