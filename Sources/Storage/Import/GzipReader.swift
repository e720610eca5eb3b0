import CZlib
import Failure

/// Reads a file from front to back, unpacking it if it is gzip.
///
/// A gzip file may have several members one behind the other, which are read as one, as `gzip` does. Each ends with the
/// CRC-32 and the length of what it holds, which zlib compares; ``finish(after:)`` makes sure that the last one's end has
/// been reached, and that nothing follows it.
final class GzipReader {
    let path: String
    /// Whether the file is gzip.
    let isPacked: Bool
    /// Bytes of the file.
    private let size: Int
    private let reader: FileReader
    // At one place as long as it lives: zlib's own state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableBufferPointer<UInt8>
    /// Whether a member has begun that has not ended.
    private var isInside = true
    /// Bytes given out, unpacked.
    private var done = 0

    /// Deflate packs no tighter.
    private static let mostPacked = 1032
    private static let inputSize = 1 << 18
    /// A file that goes on for longer than this after its end is not measured.
    private static let mostSurplus = 1 << 20

    init(_ path: String) throws {
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such file") }
        try Files.requireRegular(path)
        self.path = path
        reader = try FileReader(path)
        size = try reader.size
        isPacked = size >= 2 ? try reader.read(2, at: 0) == [0x1F, 0x8B] : false
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(capacity: Self.inputSize)
        // 15 bits of window; 16 more for gzip, and nothing but gzip.
        let status = inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw DatasetError(message: "\(path): zlib cannot start (\(status))", exitCode: ExitCode.internalError)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Compares what a file's head states with what the file can hold, before memory is taken for it.
    ///
    /// - Parameters:
    ///   - count: bytes that are to follow what was read so far, unpacked; nil for more than any number.
    ///   - what: what they are, for the message.
    /// - Throws: ``DatasetError`` (65) when they cannot be in the file, or when it is not packed and holds more.
    func expect(_ count: Int?, what: String) throws {
        if let count, !isPacked, size - done > count { throw surplus("\(size - done - count)") }
        let most = isPacked ? size.multipliedReportingOverflow(by: Self.mostPacked) : (size - done, false)
        guard let count, most.1 || count <= most.0 else {
            throw DatasetError.badData(
                isPacked
                    ? "\(path): states \(what), which \(size) bytes of gzip cannot hold: it is damaged or cut short"
                    : "\(path): ends after \(size) bytes, but states \(what): it is cut short, or its head is damaged")
        }
    }

    /// The next `count` bytes, all of them.
    ///
    /// - Throws: ``DatasetError`` saying where in the file it ends too early.
    func read(exactly count: Int) throws -> [UInt8] {
        let bytes = try read(upTo: count)
        guard bytes.count == count else {
            throw DatasetError.badData(
                "\(path): ends after \(done) bytes (unpacked), \(count - bytes.count) more were expected: "
                    + "it is cut short")
        }
        return bytes
    }

    /// The next `count` bytes, fewer at the end.
    func read(upTo count: Int) throws -> [UInt8] {
        let bytes = isPacked ? try unpack(count) : try reader.read(upTo: min(count, max(0, size - done)))
        done += bytes.count
        return bytes
    }

    /// Reads on to the end of the file, so that the checksums are compared.
    ///
    /// - Parameter rest: bytes that are there and of no interest.
    /// - Throws: ``DatasetError`` (65) when the file has less, has more, or is damaged.
    func finish(after rest: Int) throws {
        if !isPacked {
            guard size - done >= rest else { _ = try read(exactly: rest); return }
            guard size - done == rest else { throw surplus("\(size - done - rest)") }
            return
        }
        var rest = rest
        while rest > 0 { rest -= try read(exactly: min(rest, 1 << 22)).count }
        let more = try read(upTo: Self.mostSurplus + 1).count
        guard more == 0 else { throw surplus(more > Self.mostSurplus ? "over \(Self.mostSurplus)" : "\(more)") }
    }

    private func surplus(_ count: String) -> DatasetError {
        .badData(
            "\(path): holds \(count) bytes more than expected\(isPacked ? " (unpacked)" : ""): it is damaged, or something "
                + "was appended to it")
    }

    private func unpack(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                if stream.pointee.avail_in == 0 { try refill() }
                if !isInside {
                    guard stream.pointee.avail_in > 0 else { break }
                    try beginMember()
                }
                let room = min(count - done, 1 << 30)
                stream.pointee.next_out = buffer.baseAddress.map { $0 + done }
                stream.pointee.avail_out = UInt32(room)
                let status = inflate(stream, Z_NO_FLUSH)
                done += room - Int(stream.pointee.avail_out)
                switch status {
                case Z_STREAM_END: isInside = false
                case Z_OK: break
                // Nothing could be done: the file has ended, but the member has not.
                case Z_BUF_ERROR where stream.pointee.avail_in == 0:
                    throw DatasetError.badData(
                        "\(path): is damaged or cut short: its end with the checksum is missing, after "
                            + "\(self.done + done) bytes (unpacked)")
                default:
                    let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(status)"
                    throw DatasetError.badData(
                        "\(path): is damaged: \(reason), after \(self.done + done) bytes (unpacked)")
                }
            }
        }
    }

    private func refill() throws {
        let count = try reader.read(into: UnsafeMutableRawBufferPointer(input))
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(count)
    }

    /// Behind a member there may be another one, and nothing else.
    private func beginMember() throws {
        // Its mark's two bytes may lie on both sides of the border between two pieces.
        let isMember = stream.pointee.next_in.pointee == 0x1F
        guard isMember, inflateReset(stream) == Z_OK else {
            throw DatasetError.badData(
                "\(path): something that is not gzip follows its end: it is damaged, or something was appended to it")
        }
        isInside = true
    }
}
