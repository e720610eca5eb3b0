import Failure

/// Writes and reads one checkpoint file.
public enum CheckpointFile {
    /// The attribute `format` of every checkpoint.
    public static let format = "ganglion-checkpoint"
    /// The attribute `version` that this program writes.
    public static let version = 1

    /// How much a file must prove before it is used.
    public enum Verification: Sendable {
        /// A file written by `ganglion`, whole and unaltered, that holds nothing but finite numbers.
        case required
        /// Also files made by other programs; checksums are verified where there are any.
        case ifPresent
    }

    /// Writes `contents` to `path`, whole or not at all.
    ///
    /// The file is built in memory and written under a temporary name in the same folder, synced and renamed.
    ///
    /// - Parameter format: for files of another kind.
    /// - Throws: an ``ExitCoded`` error with code 73 when there is no space; what stood at `path` is unchanged then.
    public static func write(
        _ contents: CheckpointContents, to path: String, as format: SealedFormat = .checkpoint
    ) throws {
        let file = try HDF5File(inMemory: path)
        defer { file.close() }
        var digest = CheckpointDigest()
        for array in contents.arrays {
            try file.write(array.values, shape: array.shape, to: array.path)
            let checksum = CheckpointDigest.checksum(of: array.values)
            try file.setAttribute("crc32", to: .int(Int(checksum)), on: array.path)
            digest.add(path: array.path, shape: array.shape, checksum: checksum)
        }
        let reserved = ["format", "version"] + CheckpointDigest.ownAttributes
        let attributes =
            contents.attributes.filter { !reserved.contains($0.0) } + [
                ("format", .string(format.name)), ("version", .int(format.version)),
            ]
        for (name, value) in attributes {
            try file.setAttribute(name, to: value)
            digest.add(attribute: name, value)
        }
        try file.setAttribute("digest", to: .string(digest.text))
        try file.setAttribute("complete", to: .int(1))
        try file.withImage { image in
            try CheckpointSeal.make(for: image).withUnsafeBytes { try AtomicFile.write([image, $0], to: path) }
        }
    }

    /// Reads a checkpoint and checks every checksum.
    ///
    /// - Throws: an ``ExitCoded`` error that names the file and what is wrong with it: 66 when it is missing, 65 when it
    ///   is damaged, cut short, of another version, or (with `required`) not written by `ganglion`, or holds what is not
    ///   finite.
    public static func read(
        _ path: String, verification: Verification = .required, as format: SealedFormat = .checkpoint
    ) throws -> CheckpointContents {
        guard Files.exists(path) else {
            throw CheckpointError(path: path, reason: "no such \(format.noun)", exitCode: ExitCode.missingInput)
        }
        let isSealed = try CheckpointSeal.check(path)
        let file = try HDF5File(reading: path)
        var digest = CheckpointDigest()
        var contents = CheckpointContents()
        contents.attributes = try file.attributes()
        for (name, value) in contents.attributes { digest.add(attribute: name, value) }
        let isOurs = contents.attribute("format") == .string(format.name)
        // Other programs' files state no format, or one of theirs; a shard of ours is no checkpoint for anyone.
        let stated = contents.attribute("format").map { "\($0)" }
        guard isOurs || verification == .ifPresent && stated?.hasPrefix("ganglion-") != true else {
            let found = stated.map { "\"\($0)\"" } ?? "missing"
            throw CheckpointError.damaged(path, "attribute format is \(found), expected \"\(format.name)\"")
        }
        let expected = contents.attribute("digest")?.stringValue
        if isOurs {
            try checkHead(contents, isSealed: isSealed, hasDigest: expected != nil, verification, format, path)
        }

        for name in try file.datasetPaths() {
            let dataset = try file.dataset(name)
            // Other programs keep other things beside their arrays.
            if dataset.kind == .other, expected == nil { continue }
            let values = try dataset.values(as: Float.self)
            let checksum = CheckpointDigest.checksum(of: values)
            if let stated = try file.attribute("crc32", on: name)?.intValue {
                guard stated == Int(checksum) else {
                    throw CheckpointError.damaged(path, "\(name) has checksum \(checksum), expected \(stated)")
                }
            } else if expected != nil {
                throw CheckpointError.damaged(path, "\(name) has no checksum")
            }
            digest.add(path: name, shape: dataset.shape, checksum: checksum)
            contents.arrays.append((name, dataset.shape, values))
        }
        if let expected, digest.text != expected {
            throw CheckpointError.damaged(
                path, "its digest is \(digest.text), expected \(expected): it was altered after it was written")
        }
        contents.attributes.removeAll { CheckpointDigest.ownAttributes.contains($0.0) }
        if verification == .required, let found = contents.firstNotFinite {
            throw CheckpointError.damaged(path, "\(found): \(format.remedyOfOverflow)")
        }
        return contents
    }

    private static func checkVersion(_ found: AttributeValue?, _ version: Int, _ path: String) throws {
        guard let number = found?.intValue, number > 0 else {
            throw CheckpointError.damaged(
                path, "format version is \(found.map { "\($0)" } ?? "missing"), expected \(version)")
        }
        guard number != version else { return }
        var error = CheckpointError(
            path: path,
            reason: number > version
                ? "is of format version \(number), but this ganglion reads only version \(version): a newer ganglion wrote "
                    + "it, and reads it"
                : "is of format version \(number), but this ganglion reads only version \(version): an older ganglion "
                    + "wrote it, and reads it",
            exitCode: ExitCode.badData)
        error.isOfOtherVersion = true
        throw error
    }

    private static func checkHead(
        _ contents: CheckpointContents, isSealed: Bool, hasDigest: Bool, _ verification: Verification,
        _ format: SealedFormat, _ path: String
    ) throws {
        try checkVersion(contents.attribute("version"), format.version, path)
        if format == .checkpoint { try CheckpointCounters.check(contents, path) }
        guard verification == .required else { return }
        guard contents.attribute("complete")?.intValue == 1 else {
            throw CheckpointError.damaged(path, "is not marked complete")
        }
        guard isSealed else {
            throw CheckpointError.damaged(path, "does not end with its seal: it was cut short, or rewritten")
        }
        guard hasDigest else {
            throw CheckpointError.damaged(path, "carries no digest, expected one over all its contents")
        }
    }
}
