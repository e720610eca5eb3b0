import CZlib

/// gzip (RFC 1952): packed here, and looked through by a reader of its own, which tells what a checksum must have told.
package enum GzipMember {
    package static func pack(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
        let trailer = little(crc32(bytes[...])) + little(UInt32(truncatingIfNeeded: bytes.count))
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + Deflate.raw(bytes, level: level) + trailer
    }

    /// Makes the trailer right for what can be unpacked; whether there was a trailer.
    @discardableResult
    package static func forge(_ file: inout [UInt8]) -> Bool {
        guard let start = body(file), let (bytes, end) = Deflate.inflate(file[start...]), end + 8 <= file.count else {
            return false
        }
        let trailer = little(crc32(bytes[...])) + little(UInt32(truncatingIfNeeded: bytes.count))
        file.replaceSubrange(end..<end + 8, with: trailer)
        return true
    }

    /// What the file holds if it is a whole member, with a right trailer, and nothing after it.
    package static func contents(_ file: [UInt8]) -> [UInt8]? {
        guard let start = body(file), let (bytes, end) = Deflate.inflate(file[start...]), end + 8 == file.count else {
            return nil
        }
        let trailer = little(crc32(bytes[...])) + little(UInt32(truncatingIfNeeded: bytes.count))
        return file[end...].elementsEqual(trailer) ? bytes : nil
    }

    private static func body(_ file: [UInt8]) -> Int? {
        guard file.count > 18, file[0] == 0x1F, file[1] == 0x8B, file[2] == 8, file[3] & 0xE0 == 0 else { return nil }
        let flags = file[3]
        var at = 10
        if flags & 4 != 0 { at += 2 + Int(file[10]) + Int(file[11]) << 8 }
        for bit in [UInt8(8), 16] where flags & bit != 0 {
            guard at < file.count, let end = file[at...].firstIndex(of: 0) else { return nil }
            at = end + 1
        }
        if flags & 2 != 0 {
            guard at + 2 <= file.count else { return nil }
            let checksum = crc32(file[..<at])
            guard file[at] == UInt8(checksum & 0xFF), file[at + 1] == UInt8(checksum >> 8 & 0xFF) else { return nil }
            at += 2
        }
        return at < file.count ? at : nil
    }

    private static func little(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }
}

/// zlib's two ways.
enum Deflate {
    /// Deflated data without head and trailer.
    static func raw(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] { run(bytes, level: level, window: -15) }

    /// With zlib's head and trailer, as in PNG.
    static func zlib(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] { run(bytes, level: level, window: 15) }

    private static func run(_ bytes: [UInt8], level: Int32, window: Int32) -> [UInt8] {
        var stream = z_stream()
        let version = ZLIB_VERSION
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, version, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { return [] }
        defer { deflateEnd(&stream) }
        var input = bytes
        return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(bytes.count)))) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                deflate(&stream, Z_FINISH)
                count = output.count - Int(stream.avail_out)
            }
        }
    }

    /// What raw deflated data hold, and the index behind them; nil where they are damaged, cut, or unreasonably large.
    static func inflate(_ packed: ArraySlice<UInt8>, limit: Int = 1 << 24) -> (bytes: [UInt8], end: Int)? {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = Array(packed)
        var code = Z_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                code = CZlib.inflate(&stream, Z_FINISH)
                count = output.count - Int(stream.avail_out)
            }
        }
        return code == Z_STREAM_END ? (bytes, packed.endIndex - Int(stream.avail_in)) : nil
    }
}
