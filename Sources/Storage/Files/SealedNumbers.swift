import Failure

/// Files of plain numbers that were computed once: a mark, a key that tells what they are of, the numbers, a seal.
///
/// They are for this program alone, and can be made anew: whoever reads one wants exactly what it would have written, or
/// nothing.
package enum SealedNumbers {
    private static let mark = Array("GANGLION-NUMBERS-1\n".utf8)

    /// The name of a file that holds numbers of this key.
    package static func fileName(_ prefix: String, key: String) -> String {
        var hash = ContentHash()
        hash.add(key)
        return "\(prefix)-\(hash.text)"
    }

    /// Writes `parts` one after the other, whole or not at all.
    ///
    /// - Throws: ``FileError`` (73).
    package static func write(_ parts: [UnsafeRawBufferPointer], key: String, to path: String) throws {
        let head = head(key)
        var checksum = head.withUnsafeBytes { Checksum.crc32($0) }
        for part in parts { checksum = Checksum.crc32(part, after: checksum) }
        let seal = CheckpointSeal.bytes(
            length: head.count + parts.reduce(0) { $0 + $1.count }, checksum: checksum)
        try head.withUnsafeBytes { head in
            try seal.withUnsafeBytes { seal in try AtomicFile.write([head] + parts + [seal], to: path) }
        }
    }

    /// Fills `parts`.
    ///
    /// - Returns: false where there is no such file.
    /// - Throws: ``FileError`` where it is not what was written under this key, in parts of these sizes; they may be filled in
    ///   part then.
    package static func read(
        _ path: String, key: String, into parts: [UnsafeMutableRawBufferPointer]
    ) throws -> Bool {
        guard Files.exists(path) else { return false }
        if let fault = FileTrust.fault(of: path, isFolder: false) { throw FileError(path: path, badData: fault) }
        let reader = try FileReader(path)
        let expected = head(key)
        let length = expected.count + parts.reduce(0) { $0 + $1.count }
        let size = try reader.size
        guard size == length + CheckpointSeal.size else {
            throw FileError(
                path: path, badData: "has \(size) bytes, expected \(length + CheckpointSeal.size): cut short or foreign"
            )
        }
        let head = try reader.read(upTo: expected.count)
        guard head == expected else { throw FileError(path: path, badData: "holds numbers of something else") }
        var checksum = head.withUnsafeBytes { Checksum.crc32($0) }
        for part in parts {
            guard try reader.read(into: part) == part.count else {
                throw FileError(path: path, badData: "became shorter while it was read")
            }
            checksum = Checksum.crc32(UnsafeRawBufferPointer(part), after: checksum)
        }
        guard try reader.read(upTo: CheckpointSeal.size) == CheckpointSeal.bytes(length: length, checksum: checksum)
        else { throw FileError(path: path, badData: "its checksum does not match: it was damaged or altered") }
        return true
    }

    private static func head(_ key: String) -> [UInt8] { mark + Array("\(key.utf8.count)\n\(key)\n".utf8) }
}
