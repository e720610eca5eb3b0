import CZlib

/// Reads a file from front to back, unpacking it if it is gzip.
final class GzipReader {
    let path: String
    private let file: gzFile

    init(_ path: String) throws {
        guard Files.exists(path) else { throw DatasetError.missingInput("\(path): no such file") }
        try Files.requireRegular(path)
        guard let file = gzopen(path, "rb") else { throw FileError.read(path, "opening") }
        gzbuffer(file, 1 << 18)
        self.path = path
        self.file = file
    }

    deinit { gzclose(file) }

    /// The next `count` bytes, all of them.
    ///
    /// - Throws: ``DatasetError`` saying where in the file it ends too early.
    func read(exactly count: Int) throws -> [UInt8] {
        let bytes = try read(upTo: count)
        guard bytes.count == count else {
            throw DatasetError.badData(
                "\(path): ends after \(gztell(file)) bytes (unpacked), \(count - bytes.count) more were expected: "
                    + "it is cut short")
        }
        return bytes
    }

    /// The next `count` bytes, fewer at the end.
    func read(upTo count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = gzread(file, buffer.baseAddress.map { $0 + done }, UInt32(min(count - done, 1 << 30)))
                if got == 0 { break }
                guard got > 0 else { throw DatasetError.badData("\(path): unpacking failed: \(message)") }
                done += Int(got)
            }
            // A file cut short in the middle of a block ends without an error of its own.
            var code: Int32 = 0
            if done < count, let text = gzerror(file, &code), code < 0 {
                throw DatasetError.badData("\(path): is damaged or cut short: \(String(cString: text))")
            }
        }
    }

    private var message: String {
        var code: Int32 = 0
        return gzerror(file, &code).map { String(cString: $0) } ?? "no message"
    }
}
