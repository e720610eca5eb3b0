import CZlib

/// Bytes that are read from front to back, and again.
protocol ByteSource: AnyObject {
    /// All there are.
    var size: Int { get }
    /// The `count` bytes from `offset` on, all of them. Going back may cost as much as all that comes before.
    func read(_ count: Int, at offset: Int) throws -> [UInt8]
    /// Reads on to the end, so that checksums are compared.
    func finish() throws
}

/// A whole file.
final class FileBytes: ByteSource {
    let size: Int
    private let reader: FileReader

    init(_ path: String) throws {
        try Files.requireRegular(path)
        reader = try FileReader(path)
        size = try reader.size
    }

    func read(_ count: Int, at offset: Int) throws -> [UInt8] { try reader.read(count, at: offset) }
    func finish() throws {}
}

/// A member of a ZIP file, stored or deflated, with its CRC-32.
final class ZIPMemberBytes: ByteSource {
    let size: Int
    private let place: String
    private let member: ZIPArchive.Member
    private let reader: FileReader
    /// Where the packed bytes begin.
    private let start: Int
    private var inflater: Inflater?
    private var checksum: UInt32 = 0
    /// Of the unpacked bytes given out so far.
    private var done = 0
    /// Of the packed bytes read so far.
    private var taken = 0
    private var isChecked = false

    init(_ member: ZIPArchive.Member, in archive: ZIPArchive) throws {
        place = "\(archive.path): \(member.name.visible())"
        self.member = member
        reader = archive.reader
        size = member.size
        start = try archive.start(of: member)
        inflater = member.isDeflated ? try Inflater(place) : nil
    }

    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        guard count >= 0, offset >= 0, count <= size, offset <= size - count else {
            throw DatasetError.badData("\(place): ends after \(size) bytes, more were expected: it is cut short")
        }
        if offset < done { try restart() }
        while done < offset { _ = try next(min(offset - done, 1 << 20)) }
        return try next(count)
    }

    func finish() throws {
        while done < size { _ = try next(min(size - done, 1 << 20)) }
        try check()
    }

    private func restart() throws {
        (done, taken, checksum) = (0, 0, 0)
        inflater = member.isDeflated ? try Inflater(place) : nil
    }

    private func next(_ count: Int) throws -> [UInt8] {
        let bytes: [UInt8]
        if let inflater {
            bytes = try inflater.next(count) {
                let more = min(1 << 18, member.packed - taken)
                defer { taken += more }
                return try reader.read(more, at: start + taken)
            }
        } else {
            bytes = try reader.read(count, at: start + done)
        }
        done += bytes.count
        checksum = bytes.withUnsafeBytes { Checksum.crc32($0, after: checksum) }
        if done == size { try check() }
        return bytes
    }

    private func check() throws {
        guard !isChecked else { return }
        guard checksum == member.checksum else {
            throw DatasetError.badData("\(place): has another CRC-32 than it states: it is damaged")
        }
        isChecked = true
    }
}

/// Unpacks raw deflate.
private final class Inflater {
    private let place: String
    // At one place as long as it lives: zlib's own state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private var hasEnded = false

    init(_ place: String) throws {
        self.place = place
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(capacity: 1 << 18)
        guard inflateInit2_(stream, -15, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DatasetError.badData("\(place): zlib cannot start")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Exactly `count` bytes; `more` gives up to 2¹⁸ packed ones, none at the end.
    func next(_ count: Int, more: () throws -> [UInt8]) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                func tooFew() -> DatasetError {
                    .badData("\(place): unpacks to fewer bytes than it states: it is damaged")
                }
                guard !hasEnded else { throw tooFew() }
                var isDry = false
                if stream.pointee.avail_in == 0 {
                    let packed = try more()
                    isDry = packed.isEmpty
                    _ = input.update(fromContentsOf: packed)
                    stream.pointee.next_in = input.baseAddress
                    stream.pointee.avail_in = UInt32(packed.count)
                }
                let room = min(count - done, 1 << 30)
                stream.pointee.next_out = buffer.baseAddress.map { $0 + done }
                stream.pointee.avail_out = UInt32(room)
                let status = inflate(stream, Z_NO_FLUSH)
                let made = room - Int(stream.pointee.avail_out)
                done += made
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw DatasetError.badData("\(place): does not unpack (zlib \(status)): it is damaged")
                }
                hasEnded = status == Z_STREAM_END
                // zlib may have taken the last packed byte long before it has given the last unpacked one.
                guard made > 0 || hasEnded || !isDry else { throw tooFew() }
            }
        }
    }
}
