import Failure
import Foundation
import Reporting
import Storage

/// What an earlier run has left in a run folder, as far as it says how to begin there.
///
/// A run that has shown images never starts at image 0 unasked: its statistics would be cut, and nobody would notice that
/// its checkpoints are lost.
struct RunRemains {
    private let folder: RunFolder
    private let checkpoints: CheckpointFolder
    /// How far the run had come, by the newest name in its folder of checkpoints.
    private let reached: Int?

    init(_ folder: RunFolder, _ checkpoints: CheckpointFolder) {
        self.folder = folder
        self.checkpoints = checkpoints
        reached = checkpoints.reached()
    }

    /// Starts a run at image 0.
    ///
    /// - Parameter isAsked: whether that was asked for in so many words.
    /// - Throws: as ``checkFreshStart(isAsked:_:)``.
    func startAfresh(isAsked: Bool, _ log: RunLog) throws {
        try checkFreshStart(isAsked: isAsked, log)
        try checkpoints.begin()
    }

    /// - Throws: ``CheckpointError`` (66) naming what is there and what is missing, where a run has shown images and it
    ///   was not asked to forget them.
    func checkFreshStart(isAsked: Bool, _ log: RunLog) throws {
        let traces = try traces()
        guard let first = traces.first else { return }
        let found = first + (traces.count > 1 ? " and \(traces.count - 1) more" : "")
        if isAsked {
            log.write(.warning, "starts afresh, as asked; an earlier run has left \(found), which it replaces")
        } else if checkpoints.awaitsFirst {
            log.write(.warning, "begins again: the run has left \(found), but ended before its first checkpoint")
        } else {
            throw CheckpointError(
                path: folder.path,
                reason:
                    "a run has shown images here (it has left \(found)), but \(checkpoints.path) holds no checkpoint "
                    + "to go on from. Bring its checkpoints back, go on from a copy with --resume FILE, choose another "
                    + "--run, or start afresh here with --resume never",
                exitCode: ExitCode.missingInput)
        }
    }

    /// Says how far a run that went on from `imagesShown` had come before.
    func tellOfReturn(to imagesShown: Int, _ log: RunLog) {
        if checkpoints.hasLatest, checkpoints.latestName() == nil {
            log.write(.warning, "\(folder.latest) names no checkpoint: the highest number counts as the newest")
        }
        guard let reached, reached > imagesShown else { return }
        log.write(
            .warning,
            "goes back from \(NumberText.grouped(reached)) to \(NumberText.grouped(imagesShown)) images; statistics of "
                + "what came after are removed, and it is done again")
    }

    /// Names of what only a run that has shown images leaves.
    private func traces() throws -> [String] {
        var traces: [String] = []
        for path in [folder.stats, folder.metrics] where Self.isFilled(path) { traces.append(path) }
        if checkpoints.hasLatest { traces.append(folder.latest) }
        if FileManager.default.fileExists(atPath: folder.timeLapse) { traces.append(folder.timeLapse) }
        return traces + (try folder.sheets().filter { $0 > 0 }.map { folder.fakes(imagesShown: $0) })
    }

    private static func isFilled(_ path: String) -> Bool {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
        return (size?.intValue ?? 0) > 0
    }
}
