import Cluster
import Failure
import Foundation
import Storage

/// HDF5 files looked through once on each host, however many ranks of it read them, see `HDF5Surveyor`.
public enum HostSurvey {
    /// Collective. The first rank of every host looks through the shards of a dataset, and through further files, while
    /// the others wait.
    ///
    /// What is missing is left to those who open it.
    /// - Throws: on all ranks of a host alike, where a file is damaged or forged; ``ClusterError``.
    public static func survey(
        dataset folder: String?, files: [String] = [], communicator: any Communicator
    ) throws {
        // A rank that is alone looks through what it opens as it opens it.
        guard communicator.size > 1 else { return }
        var part = HostVerdict()
        if communicator.localRank == 0 {
            let paths = (folder.map { Dataset.shardPaths(in: $0) } ?? []) + files
            do {
                part.surveyed = try HDF5Surveyor.survey(paths)
            } catch let error as any ExitCoded where error.exitCode != ExitCode.missingInput {
                part.failure = "\(error)"
                part.exitCode = error.exitCode
            } catch {}
        }
        let parts = try communicator.allGather(Array(JSONEncoder().encode(part)))
        // Ranks are numbered node by node.
        let own = try JSONDecoder().decode(
            HostVerdict.self, from: Data(parts[communicator.rank - communicator.localRank]))
        if let failure = own.failure {
            throw HostSurveyError(exitCode: own.exitCode ?? ExitCode.internalError, description: failure)
        }
        HDF5Surveyor.accept(own.surveyed)
    }
}

/// A host's first rank has refused a file.
public struct HostSurveyError: ExitCoded, CustomStringConvertible {
    public let exitCode: Int32
    public let description: String
}

/// What a rank tells the others.
private struct HostVerdict: Codable {
    var surveyed: [HDF5Surveyor.Identity] = []
    var failure: String?
    var exitCode: Int32?
}
