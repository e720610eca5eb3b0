import Foundation

/// The shards of a dataset as they lie in its own folder.
struct StageSource {
    struct Shard {
        let path: String
        let name: String
        let size: Int
        /// When a shard without a seal was last written, in seconds. A sealed one needs no date: its dataset's id is a hash
        /// of what it holds.
        let modified: Double?
    }

    let id: String
    let shards: [Shard]

    init(_ dataset: Dataset) throws {
        id = dataset.id
        shards = try dataset.shardPaths.map { path in
            guard let size = Files.size(path) else { throw FileError.read(path, "reading its size") }
            return Shard(
                path: path, name: AtomicFile.split(path).name, size: size,
                modified: try ShardSeal.isSealed(path) ? nil : Files.modified(path))
        }
    }
}

/// What a finished copy says of itself: the file that makes it complete.
struct StageManifest: Codable, Equatable {
    struct Shard: Codable, Equatable {
        var name: String
        var contents: FileFingerprint
        /// See ``StageSource/Shard/modified``.
        var modified: Double?
    }

    var format = "ganglion-stage"
    var version = 1
    var datasetID: String
    var shards: [Shard]

    init(of source: StageSource, _ contents: [String: FileFingerprint]) {
        datasetID = source.id
        shards = source.shards.compactMap { shard in
            contents[shard.name].map { Shard(name: shard.name, contents: $0, modified: shard.modified) }
        }
    }

    /// Whether it lists just these shards.
    func describes(_ source: StageSource) -> Bool {
        let contents = Dictionary(shards.map { ($0.name, $0.contents) }) { $1 }
        return self == StageManifest(of: source, contents)
            && shards.map(\.contents.size) == source.shards.map(\.size)
    }
}

/// A folder that holds a copy of a dataset's shards, or part of one.
struct StagedCopy {
    let folder: String
    let source: StageSource

    /// What was found in the folder.
    struct State {
        /// The list of a copy that was complete once.
        var manifest: StageManifest?
        /// Shards that have to be copied, by their places in the source.
        var missing: [Int] = []
        /// What is wrong with what is there, to be told; empty for an empty folder.
        var faults: [String] = []
        /// Shards that do not belong there.
        var strays: [String] = []
        /// Whether a reader met with damage in the copy.
        var isDoubted = false

        var isComplete: Bool { manifest != nil && missing.isEmpty && strays.isEmpty && !isDoubted }
    }

    /// Compares the copy with the source: names, owners, sizes and seals, which reads little, since pixels are compared
    /// with the seal's hashes whenever they are read. All bytes are read of shards whose seal has none (of format version
    /// 1, or of other programs), and of all shards of a copy that is in doubt.
    func state() -> State {
        var state = State()
        let names = (try? Files.names(in: folder)) ?? []
        let own = Set(source.shards.map(\.name))
        state.strays = names.filter { DatasetFormat.isShardName($0) && !own.contains($0) }
        let distrust = FileTrust.fault(of: manifestPath, isFolder: false)
        guard distrust == nil, let manifest = manifest(), manifest.describes(source) else {
            state.missing = Array(source.shards.indices)
            if let distrust {
                state.faults = ["\(manifestPath): \(distrust)"]
            } else if names.contains(Self.manifestName) {
                state.faults = ["\(folder): held other shards"]
            } else if names.contains(where: { $0 != ".lock" }) {
                state.faults = ["\(folder): the copy in it was not finished"]
            }
            return state
        }
        state.manifest = manifest
        state.isDoubted = names.contains(Self.doubtName)
        for (index, shard) in manifest.shards.enumerated() {
            guard let fault = fault(of: shard, source.shards[index].path, isDoubted: state.isDoubted) else { continue }
            state.missing.append(index)
            state.faults.append("\(folder)/\(shard.name): \(fault)")
        }
        return state
    }

    /// - Parameters:
    ///   - original: the shard in the dataset's own folder.
    ///   - isDoubted: compares all bytes with those of the original. Not with what they were when they were copied: the
    ///     original may have been damaged then, and be mended now.
    private func fault(of shard: StageManifest.Shard, _ original: String, isDoubted: Bool) -> String? {
        let path = folder + "/" + shard.name
        guard let size = Files.size(path) else { return "was missing" }
        if let distrust = FileTrust.fault(of: path, isFolder: false) { return distrust }
        guard size == shard.contents.size else { return "had \(size) bytes, expected \(shard.contents.size)" }
        do {
            let seal = try ShardSeal.check(path)
            guard try ShardSeal.foot(of: path) == ShardSeal.foot(of: original) else {
                return "had another seal than \(original)"
            }
            guard isDoubted || seal?.chunks == nil else { return nil }
            let expected = isDoubted ? try FileFingerprint(of: original) : shard.contents
            let found = try FileFingerprint(of: path)
            return found == expected ? nil : "had CRC-32 \(found.checksum), expected \(expected.checksum)"
        } catch {
            return "was damaged (\(error))"
        }
    }

    // MARK: The files beside the shards

    static let manifestName = "staged.json"
    private static let doubtName = "doubted"
    var manifestPath: String { folder + "/" + Self.manifestName }

    private func manifest() -> StageManifest? {
        guard let bytes = try? Files.bytes(manifestPath, limit: 1 << 26) else { return nil }
        return try? CheckedJSON.decode(StageManifest.self, from: bytes)
    }

    /// Makes the copy complete.
    func write(_ manifest: StageManifest) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(Array(encoder.encode(manifest)), to: manifestPath)
    }

    /// Notes that a reader met with damage, if `folder` holds a copy: then the next to stage it reads all of it.
    ///
    /// - Returns: whether it does.
    static func doubt(_ folder: String) -> Bool {
        guard Files.exists(folder + "/" + manifestName) else { return false }
        // Where it cannot be written, the copy cannot be mended either.
        try? AtomicFile.write("", to: folder + "/" + doubtName)
        return true
    }

    /// Takes back what ``doubt(_:)`` noted.
    func trust() { unlink(folder + "/" + Self.doubtName) }
}
