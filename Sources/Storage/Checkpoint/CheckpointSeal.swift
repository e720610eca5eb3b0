/// The last bytes of a checkpoint file: a mark, the length and the CRC-32 of everything before them.
///
/// HDF5 ignores what follows its own end of file, so any program reads a sealed file. The seal is checked before HDF5
/// sees a byte, because the library can be led astray by damaged structures.
enum CheckpointSeal {
    private static let mark = Array("GANGLION-SEAL-1\n".utf8)
    static let size = mark.count + 16

    /// The seal of a file that consists of `content`.
    static func make(for content: UnsafeRawBufferPointer) -> [UInt8] {
        bytes(length: content.count, checksum: Checksum.crc32(content))
    }

    static func bytes(length: Int, checksum: UInt32) -> [UInt8] {
        mark + (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            + (0..<8).map { UInt8(truncatingIfNeeded: UInt64(checksum) >> (8 * $0)) }
    }

    /// Checks the seal of a file.
    ///
    /// - Returns: false when the file has none.
    /// - Throws: ``CheckpointError`` when the file is not what was sealed.
    static func check(_ path: String) throws -> Bool {
        try Files.requireRegular(path)
        guard let size = Files.size(path) else { throw FileError.read(path, "reading its size") }
        guard size > Self.size else {
            throw CheckpointError.damaged(path, "is only \(size) bytes long: cut short, or no checkpoint")
        }
        let reader = try FileReader(path)
        // The end first: a file of another program may be larger than anybody wants to read.
        let seal = try reader.read(Self.size, at: size - Self.size)
        guard seal.starts(with: mark) else { return false }
        var rest = size - Self.size
        var checksum: UInt32 = 0
        while rest > 0 {
            let piece = try reader.read(upTo: min(rest, 1 << 23))
            if piece.isEmpty { throw CheckpointError.damaged(path, "became shorter while it was read") }
            checksum = piece.withUnsafeBytes { Checksum.crc32($0, after: checksum) }
            rest -= piece.count
        }
        guard seal == bytes(length: size - Self.size, checksum: checksum) else {
            throw CheckpointError.damaged(path, "its checksum does not match its \(size) bytes: it was altered")
        }
        return true
    }
}
