import Failure
import Foundation

/// A copy of a dataset on a disk of this host, made once, and found again by later runs.
///
/// Rows are drawn at random from the whole dataset, so that any rank comes to need any of them: a host's share is all
/// shards. The copy lies in `<stage>/<dataset_id>-<shards>`; the number is there because the same images may be cut into
/// other shards. Shards get their names only when they have been synced and read back, and `staged.json`, written last,
/// makes the copy complete: what a killed process leaves is never taken for one.
///
/// Two jobs may stage the same dataset on one host at once: the folder is locked (`flock`) while it is written, so the
/// second waits and finds the copy made. A lock is better than temporary names alone, because nothing is copied or stored
/// twice and leftovers are known to be nobody's; the system releases it with its holder. On file systems without locks
/// temporary names (one a process) and renames remain, which cost a second copy and are as safe.
///
/// A stage may lie where others write, too (`/tmp`). A copy is only used when it is of this user or of root and nobody
/// else may change it; who may write to the stage itself without the sticky bit can still replace the whole folder.
public struct DatasetStaging {
    /// What goes on, for those who wait.
    public enum Event: Sendable {
        /// Another process of this host is writing to this folder.
        case waits(folder: String)
        /// So many bytes are about to be copied.
        case copies(bytes: Int, folder: String)
    }

    /// What was done.
    public struct Report: Codable, Sendable, Equatable {
        /// Where the shards are now; a dataset that can be opened.
        public var folder: String
        public var shards: Int
        /// Size of all shards.
        public var bytes: Int
        /// Bytes that had to be copied: 0 when the copy was there already.
        public var copiedBytes = 0
        /// What was wrong with an earlier copy and is mended now, one sentence each.
        public var mended: [String] = []
        public var seconds = 0.0
    }

    private let dataset: Dataset
    private let folder: String

    /// - Parameter stage: a folder on a disk of this host; made where it is missing.
    public init(_ dataset: Dataset, into stage: String) {
        self.dataset = dataset
        folder = stage + (stage.hasSuffix("/") ? "" : "/") + Self.name(of: dataset)
    }

    /// Copies what is missing; reads little where nothing is.
    ///
    /// - Throws: an ``ExitCoded`` error: 73 when the stage cannot be written or has not enough space, 66 when a shard
    ///   cannot be read, 65 when it changes while it is read. What was copied until then is removed.
    public func run(tell: (Event) -> Void = { _ in }) throws -> Report {
        let clock = ContinuousClock()
        let start = clock.now
        var report = try makeReport(tell)
        report.seconds = (clock.now - start) / .seconds(1)
        return report
    }

    private func makeReport(_ tell: (Event) -> Void) throws -> Report {
        let copy = StagedCopy(folder: folder, source: try StageSource(dataset))
        var report = Report(
            folder: folder, shards: copy.source.shards.count, bytes: copy.source.shards.reduce(0) { $0 + $1.size })
        if Files.areSame(folder, dataset.folder) { return report }
        try checkTrust()
        // A complete copy may lie where this process cannot write.
        if copy.state().isComplete { return report }
        try Files.makeFolder(folder)
        // Somebody else may have been quicker.
        try checkTrust()
        let lock = try FolderLock(folder) { tell(.waits(folder: folder)) }
        try withExtendedLifetime(lock) {
            let state = copy.state()
            // A reader met damage, and the copy is like its source: then either it passed, or the source has it, too.
            if state.isDoubted, state.missing.isEmpty { try readSource() }
            report.copiedBytes = try Self.complete(copy, state, isAlone: lock.isHeld, tell)
            report.mended = state.faults
        }
        return report
    }

    /// - Throws: ``DatasetError`` (73) when others can change what lies in the folder: then nothing in it is used.
    private func checkTrust() throws {
        guard let fault = FileTrust.fault(of: folder, isFolder: true) else { return }
        throw DatasetError.cannotWrite(
            "\(folder): \(fault). Expected a folder of this user or of root that nobody else can write to, or none: others "
                + "could put other images there. Remove it, or choose another data.stage")
    }

    /// - Throws: ``DatasetError`` (65) naming the shard and the row of the original that cannot be read.
    private func readSource() throws {
        let step = max(1, FileCopy.pieceSize / dataset.description.imageBytes)
        for start in stride(from: 0, to: dataset.count, by: step) {
            _ = try dataset.read(rows: start..<min(start + step, dataset.count))
        }
    }

    /// Copies the missing shards and lists all of them; returns the bytes copied.
    private static func complete(
        _ copy: StagedCopy, _ state: StagedCopy.State, isAlone: Bool, _ tell: (Event) -> Void
    ) throws -> Int {
        clear(copy, state, isAlone: isAlone)
        guard !state.missing.isEmpty else { return 0 }
        let wanted = state.missing.map { copy.source.shards[$0] }
        let bytes = wanted.reduce(0) { $0 + $1.size }
        let space = try Files.space(for: wanted.map(\.size) + [1 << 12], in: copy.folder)
        guard space.free >= space.needed else {
            throw DatasetError.cannotWrite(
                "\(copy.folder): \(Files.text(bytes: space.needed)) are needed for \(wanted.count) shards, but only "
                    + "\(Files.text(bytes: space.free)) are free. Free some space, or choose another data.stage")
        }
        tell(.copies(bytes: bytes, folder: copy.folder))
        var contents = Dictionary((state.manifest?.shards ?? []).map { ($0.name, $0.contents) }) { $1 }
        var made: [String] = []
        do {
            for shard in wanted {
                let target = copy.folder + "/" + shard.name
                contents[shard.name] = try FileCopy.copy(shard.path, to: target)
                made.append(target)
            }
            try copy.write(StageManifest(of: copy.source, contents))
        } catch {
            // Unlisted they are of no use, and would fill the disk.
            if isAlone { for path in made { unlink(path) } }
            throw error
        }
        return bytes
    }

    /// Removes what is no part of a sound copy. Who has a shard open reads on from the removed file.
    private static func clear(_ copy: StagedCopy, _ state: StagedCopy.State, isAlone: Bool) {
        // From here on a process that is killed leaves an unfinished copy.
        if !state.missing.isEmpty { unlink(copy.manifestPath) }
        copy.trust()
        PartialName.removeLeftovers(in: copy.folder, isAlone: isAlone)
        for name in state.strays { unlink(copy.folder + "/" + name) }
        if isAlone { for index in state.missing { unlink(copy.folder + "/" + copy.source.shards[index].name) } }
    }

    /// The copy's own folder. An id that another program gave may be no name for a folder: then its hash is.
    private static func name(of dataset: Dataset) -> String {
        let isPlain =
            dataset.id.utf8.count <= 100
            && dataset.id.utf8.allSatisfy { byte in
                byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
            }
        var hash = ContentHash()
        hash.add(dataset.id)
        return "\(isPlain ? dataset.id : hash.text)-\(dataset.shardCount)"
    }
}
