import Glibc

/// The bytes of a file, told by their number and their CRC-32.
struct FileFingerprint: Codable, Equatable {
    var size: Int
    var checksum: UInt32

    /// Of a file, read from front to back in pieces.
    ///
    /// - Throws: ``FileError`` (66) when it cannot be read.
    init(of path: String) throws {
        let reader = try FileReader(path)
        var piece = [UInt8](repeating: 0, count: FileCopy.pieceSize)
        (size, checksum) = (0, 0)
        while case let count = try reader.read(into: &piece), count > 0 { add(piece, count) }
    }

    fileprivate init() { (size, checksum) = (0, 0) }

    fileprivate mutating func add(_ piece: [UInt8], _ count: Int) {
        size += count
        checksum = piece.withUnsafeBytes {
            Checksum.crc32(UnsafeRawBufferPointer(rebasing: $0.prefix(count)), after: checksum)
        }
    }
}

/// Copies files from one file system to another, and makes sure that they have arrived.
enum FileCopy {
    /// Bytes in memory at a time.
    static let pieceSize = 1 << 23

    /// Copies `source` to `target` under a temporary name, syncs it, reads it back, and renames it.
    ///
    /// What is read back comes from the disk, as far as the file system can forget what it holds in memory.
    ///
    /// - Returns: what was copied.
    /// - Throws: ``FileError`` or ``DatasetError``: 66 when `source` cannot be read, 65 when it changes meanwhile, 73
    ///   when `target` cannot be written, or does not come back as it was written. The temporary file is gone then and
    ///   what stood at `target` is unchanged.
    static func copy(_ source: String, to target: String) throws -> FileFingerprint {
        let partial = AtomicFile.partialPath(for: target)
        let file = AtomicFile.create(partial)
        guard file >= 0 else { throw FileError.write(target, "creating it") }
        do {
            defer { close(file) }
            let written = try write(source, to: file, named: target)
            guard fsync(file) == 0 else { throw FileError.write(target, "syncing it to the disk") }
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            let found = try FileFingerprint(of: partial)
            guard found == written else {
                throw DatasetError.cannotWrite(
                    "\(target): what was read back (\(found.size) bytes, CRC-32 \(found.checksum)) is not what was "
                        + "written (\(written.size) bytes, CRC-32 \(written.checksum)). Its disk is not to be trusted")
            }
            guard rename(partial, target) == 0 else { throw FileError.write(target, "renaming \(partial) to it") }
            return written
        } catch {
            unlink(partial)
            throw error
        }
    }

    private static func write(_ source: String, to file: Int32, named target: String) throws -> FileFingerprint {
        guard let expected = Files.size(source) else { throw FileError.read(source, "reading its size") }
        let reader = try FileReader(source)
        var piece = [UInt8](repeating: 0, count: pieceSize)
        var written = FileFingerprint()
        while case let count = try reader.read(into: &piece), count > 0 {
            try piece.withUnsafeBytes { bytes in
                var done = 0
                while done < count {
                    let step = Glibc.write(file, bytes.baseAddress.map { $0 + done }, count - done)
                    if step < 0, errno == EINTR { continue }
                    guard step > 0 else { throw FileError.write(target, "writing \(expected) bytes") }
                    done += step
                }
            }
            written.add(piece, count)
        }
        guard written.size == expected else {
            throw DatasetError.badData(
                "\(source): \(written.size) bytes could be read, expected \(expected): it changed while it was copied")
        }
        return written
    }
}
