import Failure
import Glibc

/// The checkpoints of a run.
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

    /// The name that the file `latest` holds, or nil when there is none.
    public func latestName() -> String? {
        guard let bytes = try? Files.bytes(path + "/latest", limit: 4096) else { return nil }
        let name = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
        return name.flatMap { Self.number(of: $0) == nil ? nil : $0 }
    }

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
    /// - Returns: nil when there are no checkpoints at all.
    /// - Throws: ``CheckpointError`` (65) naming all of them when every one is damaged.
    public func openNewestUsable() throws -> Choice? {
        var rejected: [(path: String, reason: String)] = []
        for name in try candidates() {
            let file = path + "/" + name
            do {
                return Choice(contents: try CheckpointFile.read(file), path: file, rejected: rejected)
            } catch {
                let reason = (error as? CheckpointError)?.reason ?? (error as? HDF5Error)?.message ?? "\(error)"
                rejected.append((file, reason))
            }
        }
        if rejected.isEmpty { return nil }
        let reasons = rejected.map { "\($0.path): \($0.reason)".visible() }.joined(separator: "\n  ")
        throw CheckpointError(
            path: path,
            reason: "all \(rejected.count) checkpoints are damaged. Start afresh with --resume never\n  \(reasons)",
            exitCode: ExitCode.badData)
    }

    /// Names in the order in which they should be tried.
    private func candidates() throws -> [String] {
        var names = try list()
        guard let newest = names.first, let latest = latestName(), latest != newest, names.contains(latest) else {
            return names
        }
        // A higher number than `latest` is a write that was killed before `latest` was renewed, unless the run was taken
        // back to an earlier checkpoint: then `latest` is the younger file.
        if Files.modified(path + "/" + newest) < Files.modified(path + "/latest") {
            names.removeAll { $0 == latest }
            names.insert(latest, at: 0)
        }
        return names
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

    /// Writes a checkpoint, then `latest`, then removes all but the last ``keep``.
    ///
    /// - Parameters:
    ///   - contents: what to write.
    ///   - name: digits and `.h5`, such as `00001000.h5`.
    /// - Throws: an ``ExitCoded`` error with code 73, when the disk is full for example: all earlier checkpoints and
    ///   `latest` are as they were.
    public func write(_ contents: CheckpointContents, name: String) throws {
        precondition(CheckpointFolder.number(of: name) != nil, "CheckpointWriter: name \(name) is not digits and .h5")
        try Files.makeFolder(folder.path)
        removePartials()
        try CheckpointFile.write(contents, to: folder.path + "/" + name)
        try AtomicFile.write(name + "\n", to: folder.path + "/latest")
        // By age: after a run was taken back, the higher numbers belong to the line that was left.
        let others = try folder.list().filter { $0 != name }.map { ($0, Files.modified(folder.path + "/" + $0)) }
        let ages = others.enumerated().sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
        for old in ages.dropFirst(keep - 1) { unlink(folder.path + "/" + old.element.0) }
    }

    /// Removes what killed processes left. One process writes to a folder, so its own number is an old one's.
    private func removePartials() {
        for name in (try? Files.names(in: folder.path)) ?? [] {
            if let owner = AtomicFile.owner(ofPartial: name), owner == getpid() || !isAlive(owner) {
                unlink(folder.path + "/" + name)
            }
        }
    }
}
