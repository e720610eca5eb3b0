import Failure

/// A checkpoint as a user names it: its file, or a place where there are several, of which the newest sound one is meant.
///
/// Such places are a run folder, its folder of checkpoints, and the files `latest` and `best` in that.
public struct NamedCheckpoint: Codable, Sendable {
    public let path: String
    /// Which file was taken for the place, and which newer ones were not; none where the file itself was named.
    public let notes: [String]

    /// - Throws: ``CheckpointError``: 66 when no checkpoint has been written yet, 65 when all are damaged, or when a folder
    ///   is nothing of the kind. A file is left to whoever opens it.
    public init(_ name: String) throws {
        if let best = try Self.best(name) {
            (path, notes) = (best, ["\(name): the best checkpoint of its run is \(best)"])
            return
        }
        guard let folder = try Self.folder(of: name) else {
            (path, notes) = (name, [])
            return
        }
        guard let choice = try folder.openNewestUsable() else {
            throw CheckpointError(
                path: name, reason: "no checkpoint has been written there yet", exitCode: ExitCode.missingInput)
        }
        path = choice.path
        notes =
            ["\(name): its newest sound checkpoint is \(choice.path)"]
            + choice.rejected.map { "not used: \($0.path): \($0.reason)" }
    }

    /// The checkpoint that a file `best` names; nil for any other file.
    private static func best(_ name: String) throws -> String? {
        let (place, last) = AtomicFile.split(name)
        guard last == CheckpointFolder.bestFile, Files.exists(name), !Files.isFolder(name) else { return nil }
        let folder = CheckpointFolder(place)
        guard let best = folder.bestName() else {
            throw CheckpointError(
                path: name, reason: "holds no name of a checkpoint, expected one such as 00001000.h5",
                exitCode: ExitCode.badData)
        }
        guard Files.exists(folder.path + "/" + best) else {
            throw CheckpointError(
                path: name, reason: "names \(best), which is gone", exitCode: ExitCode.missingInput)
        }
        return folder.path + "/" + best
    }

    /// The folder of checkpoints that a run folder, the folder itself or its file `latest` stands for; nil for a file.
    ///
    /// - Throws: ``CheckpointError`` (65) for a folder that is nothing of the kind.
    public static func folder(of name: String) throws -> CheckpointFolder? {
        guard Files.isFolder(name) else {
            let (folder, last) = AtomicFile.split(name)
            return last == CheckpointFolder.latestFile && Files.exists(name) ? CheckpointFolder(folder) : nil
        }
        var place = name
        while place.count > 1, place.hasSuffix("/") { place.removeLast() }
        let own = CheckpointFolder(place)
        if own.isInUse { return own }
        if Files.isFolder(place + "/checkpoints") { return CheckpointFolder(place + "/checkpoints") }
        let isDataset = !Dataset.shardPaths(in: place).isEmpty
        throw CheckpointError(
            path: name,
            reason: (isDataset ? "is a data set" : "is a folder without checkpoints")
                + "; expected a checkpoint such as 00001000.h5, a run folder, or its folder of checkpoints",
            exitCode: ExitCode.badData)
    }
}

extension CheckpointFolder {
    /// Whether a run has written here, or has begun to.
    public var isInUse: Bool { hasLatest || awaitsFirst || (try? list().isEmpty) == false }
}
