import Failure
import Glibc

/// The checkpoints of a run.
///
/// Beside them lie `latest`, with the name of the newest complete one; `best`, with that of the one whose metric is the
/// best where a run measures one; `superseded`, see ``CheckpointLine``; and, until
/// the first is complete, `none-yet`.
public struct CheckpointFolder: Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The names of the checkpoints, such as `00001000.h5`, the highest number first; none when the folder is missing.
    ///
    /// Files are renamed to such names only when they are whole, so these are the ones that were completed.
    public func list() throws -> [String] {
        guard Files.exists(path) else { return [] }
        return try Files.names(in: path).compactMap { name in Self.number(of: name).map { (name, $0) } }
            .sorted { $0.1 > $1.1 }.map { $0.0 }
    }

    /// Those of ``list()`` that the run as it stands has come by; of a line that was left none.
    public func listOfRun() throws -> [String] { try CheckpointLine(self).ownNames() }

    /// The name that the file `latest` holds, or nil when there is none.
    public func latestName() -> String? { if case .name(let name) = latest() { name } else { nil } }

    /// Whether there is a file `latest`, whatever it holds.
    public var hasLatest: Bool { if case .missing = latest() { false } else { true } }

    /// Reads the checkpoint of that name.
    public func read(_ name: String) throws -> CheckpointContents { try CheckpointFile.read(path + "/" + name) }

    /// What ``openNewestUsable()`` found.
    public struct Choice: Sendable {
        public let contents: CheckpointContents
        public let path: String
        /// Newer ones that are damaged, each with the reason.
        public let rejected: [(path: String, reason: String)]
    }

    /// The newest checkpoint that is whole and unaltered, with the damaged ones that were passed over.
    ///
    /// Checkpoints of a line that was left do not count, see ``CheckpointLine``.
    /// - Returns: nil when there are no checkpoints at all.
    /// - Throws: ``CheckpointError``: 66 when `latest` names one that is gone and there are only older ones, or none; 65
    ///   naming all of them when every one is damaged, and when another version has written the newest. It says how to
    ///   go on.
    public func openNewestUsable() throws -> Choice? {
        var rejected: [(path: String, reason: String)] = []
        for name in try candidates() {
            let file = path + "/" + name
            do {
                return Choice(contents: try CheckpointFile.read(file), path: file, rejected: rejected)
            } catch let error as CheckpointError where error.isOfOtherVersion {
                // Nothing is wrong with it: going back would lose what it holds.
                throw CheckpointError(
                    path: file, reason: error.reason + ways(except: [name]), exitCode: ExitCode.badData)
            } catch {
                let reason = (error as? CheckpointError)?.reason ?? (error as? HDF5Error)?.message ?? "\(error)"
                rejected.append((file, reason))
            }
        }
        if rejected.isEmpty { return nil }
        let reasons = rejected.map { "\($0.path): \($0.reason)".visible() }.joined(separator: "\n  ")
        let names = rejected.map { AtomicFile.split($0.path).name }
        throw CheckpointError(
            path: path,
            reason: "all \(rejected.count) checkpoints are damaged"
                + ways(
                    except: names,
                    otherwise: "bring a copy of one back, choose another --run, or remove them and start afresh with "
                        + "--resume never")
                + "\n  \(reasons)",
            exitCode: ExitCode.badData)
    }

    /// Names in the order in which they should be tried.
    private func candidates() throws -> [String] {
        let all = try list()
        let names = try CheckpointLine(self).names()
        guard case .name(let latest) = latest(), !all.contains(latest), let lost = Self.number(of: latest) else {
            return names
        }
        // A higher number is a write that was killed before `latest` was renewed.
        guard names.isEmpty || names.allSatisfy({ Self.number(of: $0) ?? 0 < lost }) else { return names }
        throw CheckpointError(
            path: path + "/" + latest,
            reason: "is gone, though \(path)/latest names it as the newest"
                + ways(
                    except: [latest],
                    otherwise:
                        "bring it back, go on from a copy with --resume FILE, choose another --run, or start afresh "
                        + "here with --resume never"),
            exitCode: ExitCode.missingInput)
    }

    /// How to go on without some checkpoints, for the end of a message.
    private func ways(except names: [String], otherwise: String? = nil) -> String {
        let line = (try? CheckpointLine(self).names()) ?? []
        let left = ((try? list()) ?? []).filter { !line.contains($0) }
        let others = (line + left).filter { !names.contains($0) }
        guard let first = others.first else { return otherwise.map { ". To go on, \($0)" } ?? "" }
        let rest = others.dropFirst().prefix(4).map { "\(path)/\($0)" }
        let more = others.count > 5 ? " and \(others.count - 5) more" : ""
        return ". To go on from another one, give --resume \(path)/\(first)"
            + (rest.isEmpty ? "" : " (there are also \(rest.joined(separator: ", "))\(more))")
    }

    /// The name that the file `best` holds; nil where there is none, or it holds no name.
    public func bestName() -> String? {
        guard let file = try? SmallFile.open(path + "/" + Self.bestFile, limit: 4096) else { return nil }
        let name = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(
            String.init)
        return name.flatMap { Self.number(of: $0) == nil ? nil : $0 }
    }

    /// - Parameter name: nil for no best checkpoint.
    /// - Throws: ``FileError`` (73).
    public func setBest(_ name: String?) throws {
        guard let name else { return try Files.remove(path + "/" + Self.bestFile) }
        if bestName() != name { try AtomicFile.write(name + "\n", to: path + "/" + Self.bestFile) }
    }

    static func number(of name: String) -> Int? {
        guard name.hasSuffix(".h5") else { return nil }
        let digits = name.dropLast(3)
        return !digits.isEmpty && digits.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? Int(digits) : nil
    }
}

/// Writes the checkpoints of a run, and clears away old ones.
public struct CheckpointWriter: Sendable {
    public let folder: CheckpointFolder
    /// How many checkpoints stay.
    public let keep: Int

    /// - Parameter keep: at least 1.
    public init(folder: String, keep: Int) {
        precondition(keep > 0, "CheckpointWriter: keep \(keep)")
        self.folder = CheckpointFolder(folder)
        self.keep = keep
    }

    /// Writes a checkpoint, then `latest`, then removes all but the last ``keep``, by their numbers. Those of a line that
    /// was left go first.
    ///
    /// - Parameters:
    ///   - contents: what to write.
    ///   - name: digits and `.h5`, such as `00001000.h5`.
    ///   - isBest: whether it takes the place of the best one. The best one stays, however old.
    /// - Throws: an ``ExitCoded`` error with code 73, when the disk is full for example: all earlier checkpoints and
    ///   `latest` are as they were.
    public func write(_ contents: CheckpointContents, name: String, isBest: Bool = false) throws {
        guard let number = CheckpointFolder.number(of: name) else {
            preconditionFailure("CheckpointWriter: name \(name) is not digits and .h5")
        }
        try Files.makeFolder(folder.path)
        // One process writes to a folder, so its own number is an old one's.
        PartialName.removeLeftovers(in: folder.path, ownToo: true)
        var line = CheckpointLine(folder)
        try line.leave(above: number)
        try CheckpointFile.write(contents, to: folder.path + "/" + name)
        try AtomicFile.write(name + "\n", to: folder.path + "/" + CheckpointFolder.latestFile)
        try line.join(name)
        if isBest { try folder.setBest(name) }
        let best = folder.bestName()
        for old in try line.oldest(besides: keep) where old != best { unlink(folder.path + "/" + old) }
        try line.forgetLost()
        unlink(folder.path + "/" + CheckpointFolder.awaitingFile)
    }
}
