import Cluster
import Failure
import Foundation

/// What ended another rank's work, in its words and with its exit code.
public struct OtherRankError: ExitCoded, CustomStringConvertible {
    public let description: String
    public let exitCode: Int32
}

extension Communicator {
    /// Collective. Returns where no rank has failed in what it did by itself: one that threw would leave the others
    /// waiting.
    ///
    /// - Throws: on all ranks where one has failed. ``EvaluationError`` alike where all failures are such, since whoever
    ///   catches it goes on; else a rank's own error, and ``OtherRankError`` on those that have none.
    package func agree(on failure: (any Error)?) throws {
        guard try maximum([failure == nil ? 0 : 1])[0] > 0 else { return }
        let own = failure.map { error in
            FailedWork(
                isOfImages: error is EvaluationError,
                exitCode: (error as? any ExitCoded)?.exitCode ?? ExitCode.internalError, text: "\(error)")
        }
        let message: [UInt8] = try own.map { try Array(JSONEncoder().encode($0)) } ?? []
        let all: [FailedWork?] = try allGather(message).map { bytes in
            bytes.isEmpty ? nil : try JSONDecoder().decode(FailedWork.self, from: Data(bytes))
        }
        for (rank, work) in all.enumerated() {
            guard let work, !work.isOfImages else { continue }
            if let failure, own?.isOfImages == false { throw failure }
            throw OtherRankError(description: "rank \(rank): \(work.text)", exitCode: work.exitCode)
        }
        throw EvaluationError(all.lazy.compactMap { $0?.text }.first ?? "images could not be looked at")
    }
}

/// What a rank tells the others.
private struct FailedWork: Codable {
    /// An ``EvaluationError``.
    var isOfImages: Bool
    var exitCode: Int32
    var text: String
}
