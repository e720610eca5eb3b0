import Cluster
import Failure
import Foundation
import Storage

/// A dataset copied to a disk of each host, on which the host's ranks then read it: the key `data.stage`.
public enum HostStaging {
    /// Collective. On every host the first of its ranks copies the shards, see ``DatasetStaging``, while the others
    /// wait; then all of them open the copy.
    ///
    /// - Parameters:
    ///   - dataset: as opened from `data.path`; replaced by the copy, so that nothing holds the original open.
    ///   - stage: the folder; that of a host's first rank counts for the host. Nil reads the shards where they are.
    ///   - tell: takes lines about what takes time, on rank 0.
    /// - Returns: what was done, for rank 0 to print.
    /// - Throws: ``HostStagingError`` on all ranks alike, naming rank and host, when any of them fails; ``ClusterError``.
    public static func stage(
        _ dataset: inout Dataset, into stage: String?, communicator: any Communicator, tell: (String) -> Void
    ) throws -> [String] {
        let original = (folder: dataset.folder, id: dataset.id, count: dataset.count)
        let staged = try communicator.agree { () throws -> Staged? in
            guard communicator.localRank == 0, let stage, !stage.isEmpty else { return nil }
            let report = try DatasetStaging(dataset, into: stage).run { event in
                guard communicator.isRoot else { return }
                switch event {
                case .waits(let folder): tell("data: another job is copying shards to \(folder); waiting for it")
                case .copies(let bytes, let folder):
                    tell("data: copying \(Files.text(bytes: bytes)) from \(original.folder) to \(folder)")
                }
            }
            return Staged(
                report: report, surveyed: try HDF5Surveyor.survey(Dataset.shardPaths(in: report.folder)))
        }
        guard staged.contains(where: { $0.value != nil }) else { return [] }

        _ = try communicator.agree { () throws -> String? in
            // Ranks are numbered node by node.
            guard let own = staged[communicator.rank - communicator.localRank].value else { return nil }
            HDF5Surveyor.accept(own.surveyed)
            let report = own.report
            dataset = try Dataset(report.folder)
            guard dataset.id == original.id, dataset.count == original.count else {
                throw DatasetError.badData(
                    "\(report.folder): holds dataset \(dataset.id), expected \(original.id) as in \(original.folder)")
            }
            return dataset.id
        }
        let done = staged.compactMap { part in part.value.map { (host: part.host, report: $0.report) } }
        return notes(done, from: original.folder)
    }

    private static func notes(_ done: [(host: String, report: DatasetStaging.Report)], from source: String) -> [String]
    {
        guard let first = done.first?.report else { return [] }
        let what = "data: \(first.shards) shard\(first.shards == 1 ? "" : "s"), \(Files.text(bytes: first.bytes)),"
        let folders = Set(done.map(\.report.folder)).sorted().joined(separator: ", ")
        let copies = done.filter { $0.report.copiedBytes > 0 }
        func hosts(_ count: Int) -> String { "\(count) host\(count == 1 ? "" : "s")" }
        var line =
            "\(what) of \(source) \(copies.isEmpty ? "are staged in \(folders) already" : "staged in \(folders)")"
        if let slowest = copies.max(by: { $0.report.seconds < $1.report.seconds }) {
            line += ": \(Files.text(bytes: copies.reduce(0) { $0 + $1.report.copiedBytes })) copied in "
            line += String(format: "%.1f s", slowest.report.seconds)
            if done.count > 1 {
                line += " at most (\(slowest.host)), on \(hosts(copies.count))"
                if copies.count < done.count { line += "; \(hosts(done.count - copies.count)) had them already" }
            }
        } else if done.count > 1 {
            line += ", on all \(hosts(done.count))"
        }
        return [line] + done.flatMap { part in part.report.mended.map { "data: \($0) on \(part.host), copied again" } }
    }
}

/// Staging failed on some ranks. Thrown by all ranks alike.
public struct HostStagingError: ExitCoded, CustomStringConvertible {
    public let exitCode: Int32
    /// One for each rank that failed.
    public let lines: [String]
    public var description: String { lines.joined(separator: "\n") }
}

extension Communicator {
    /// Collective. What `body` returned on each rank, in order of rank, with the ranks' hosts.
    ///
    /// - Throws: ``HostStagingError`` on all ranks alike when `body` threw on any.
    fileprivate func agree<Value: Codable>(_ body: () throws -> Value?) throws -> [(host: String, value: Value?)] {
        var part = Part<Value>(host: RankDiagnostics.hostName)
        do {
            part.value = try body()
        } catch {
            part.failure = "\(error)"
            part.exitCode = (error as? any ExitCoded)?.exitCode ?? ExitCode.internalError
        }
        let parts = try allGather(Array(JSONEncoder().encode(part))).map {
            try JSONDecoder().decode(Part<Value>.self, from: Data($0))
        }
        let failures = parts.enumerated().compactMap { rank, part in
            part.failure.map { size == 1 ? "data.stage: \($0)" : "data.stage, rank \(rank) on \(part.host): \($0)" }
        }
        guard failures.isEmpty else {
            let rest = failures.count > 4 ? ["and \(failures.count - 4) more ranks alike"] : []
            throw HostStagingError(
                exitCode: parts.lazy.compactMap(\.exitCode).first ?? ExitCode.internalError,
                lines: failures.prefix(4) + rest)
        }
        return parts.map { ($0.host, $0.value) }
    }
}

/// What a host's first rank has made.
private struct Staged: Codable {
    var report: DatasetStaging.Report
    /// The copies, looked through.
    var surveyed: [HDF5Surveyor.Identity]
}

/// What a rank tells the others.
private struct Part<Value: Codable>: Codable {
    var host: String
    var value: Value?
    var failure: String?
    var exitCode: Int32?
}
