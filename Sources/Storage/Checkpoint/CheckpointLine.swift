import Failure
import Glibc

/// Which checkpoints of a folder belong to the run as it stands, and which to a line that was left.
///
/// A run that is taken back to an older checkpoint goes another way from there: what was written after that checkpoint is
/// superseded, whatever its numbers and the clock say. Its names stand in the file `superseded` until they are written
/// anew or cleared away.
struct CheckpointLine {
    private let folder: CheckpointFolder
    private var superseded: Set<String>
    private var file: String { folder.path + "/superseded" }

    /// A file that cannot be read, or holds something else, counts as none.
    init(_ folder: CheckpointFolder) {
        self.folder = folder
        let bytes = (try? SmallFile.open(folder.path + "/superseded", limit: 1 << 22))??.bytes ?? []
        superseded = Set(
            String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
                .filter { CheckpointFolder.number(of: $0) != nil })
    }

    /// The names that belong to it, the highest number first.
    func names() throws -> [String] {
        // A run that was taken back and ended before its next checkpoint stands where it stood.
        let latest = folder.latestName()
        return try folder.list().filter { !superseded.contains($0) || $0 == latest }
    }

    /// The same without a newest one of a line that was left.
    func ownNames() throws -> [String] { try folder.list().filter { !superseded.contains($0) } }

    /// From now on those with higher numbers are superseded.
    mutating func leave(above number: Int) throws {
        try supersede(folder.list().filter { CheckpointFolder.number(of: $0) ?? 0 > number })
    }

    /// From now on all are superseded.
    mutating func leaveAll() throws { try supersede(folder.list()) }

    /// A checkpoint of this line has been written.
    mutating func join(_ name: String) throws {
        if superseded.remove(name) != nil { try save() }
    }

    /// All but the `count` newest, where those that are superseded are the oldest.
    func oldest(besides count: Int) throws -> [String] {
        let all = try folder.list()
        return Array(
            (all.filter { !superseded.contains($0) } + all.filter { superseded.contains($0) }).dropFirst(count))
    }

    /// Drops names of files that are gone.
    mutating func forgetLost() throws {
        let left = superseded.intersection(try folder.list())
        guard left != superseded else { return }
        superseded = left
        try save()
    }

    private mutating func supersede(_ names: [String]) throws {
        guard !superseded.isSuperset(of: names) else { return }
        superseded.formUnion(names)
        try save()
    }

    private func save() throws {
        guard !superseded.isEmpty else { return try Files.remove(file) }
        try AtomicFile.write(superseded.sorted().map { $0 + "\n" }.joined(), to: file)
    }
}

extension CheckpointFolder {
    static let latestFile = "latest"
    public static let bestFile = "best"
    static let awaitingFile = "none-yet"

    /// What the file `latest` says.
    enum Latest {
        case missing
        /// It cannot be read, or holds no name.
        case unreadable
        case name(String)
    }

    func latest() -> Latest {
        guard let file = try? SmallFile.open(path + "/" + Self.latestFile, limit: 4096) else {
            var status = stat()
            return lstat(path + "/" + Self.latestFile, &status) == 0 ? .unreadable : .missing
        }
        let name = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
        guard let name = name.map(String.init), Self.number(of: name) != nil else { return .unreadable }
        return .name(name)
    }

    /// How far the run had come: the highest number of its checkpoints, or the one that `latest` names.
    public func reached() -> Int? {
        let names = ((try? CheckpointLine(self).names()) ?? []) + (latestName().map { [$0] } ?? [])
        return names.compactMap(Self.number).max()
    }

    /// Whether a run has begun here and has not completed a checkpoint yet.
    public var awaitsFirst: Bool { Files.exists(path + "/" + Self.awaitingFile) }

    /// Notes that a run begins here at image 0: that there is no checkpoint is as it should be then.
    ///
    /// - Throws: ``FileError`` (73).
    public func begin() throws {
        // Not synced: a machine that fails just now may forget it, and then the user is asked.
        let mark = path + "/" + Self.awaitingFile
        let file = open(mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw FileError.write(mark, "creating it") }
        close(file)
        for name in [Self.latestFile, Self.bestFile, "superseded"] { try Files.remove(path + "/" + name) }
    }

    /// Notes that the run goes on from a certain checkpoint: those after it are superseded, and all of them when it is
    /// none of this folder.
    ///
    /// - Parameters:
    ///   - file: the checkpoint, wherever it lies.
    ///   - number: its images shown.
    /// - Throws: ``FileError`` (73).
    public func goOn(from file: String, number: Int) throws {
        var line = CheckpointLine(self)
        let (folder, name) = AtomicFile.split(file)
        guard Files.areSame(folder, path) else { return try line.leaveAll() }
        try line.leave(above: number)
        guard Self.number(of: name) != nil else { return }
        try line.join(name)
        if latestName() != name { try AtomicFile.write(name + "\n", to: path + "/" + Self.latestFile) }
    }
}
